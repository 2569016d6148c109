/** Models that tfjs does not train, on any backend. */
import type * as tf from "@tensorflow/tfjs";
import { type Layers, type ModelCase, stack } from "./model-case.js";

const image = (build: (layers: Layers) => tf.layers.Layer): ModelCase =>
  stack([7, 6, 3], (layers) => [build(layers)]);

export const refusedModels: Readonly<Record<string, ModelCase>> = {
  "conv1d, dilated": stack([9, 5], (layers) => [
    layers.conv1d({ filters: 4, kernelSize: 2, dilationRate: 2 }),
  ]),
  "conv1d, causal": stack([9, 5], (layers) => [
    layers.conv1d({ filters: 4, kernelSize: 2, padding: "causal" }),
  ]),
  "conv2d, dilated": image((layers) =>
    layers.conv2d({ filters: 4, kernelSize: 2, dilationRate: 2 }),
  ),
  "separableConv2d, dilated": image((layers) =>
    layers.separableConv2d({ filters: 4, kernelSize: 2, dilationRate: 2 }),
  ),
  "conv3d, dilated": stack([5, 5, 5, 2], (layers) => [
    layers.conv3d({ filters: 4, kernelSize: 2, dilationRate: 2 }),
  ]),
  conv3dTranspose: stack([3, 3, 3, 2], (layers) => [
    layers.conv3dTranspose({ filters: 4, kernelSize: 2 }),
  ]),
  thresholdedReLU: stack([5], (layers) => [
    layers.dense({ units: 4 }),
    layers.thresholdedReLU({ theta: 0.3 }),
  ]),
  "softmax, not over the last axis": stack([5, 6], (layers) => [layers.softmax({ axis: 1 })]),
  "batchNormalization, not of the last axis": image((layers) =>
    layers.batchNormalization({ axis: 1 }),
  ),
  "batchNormalization without scale": image((layers) =>
    layers.batchNormalization({ scale: false }),
  ),
};
