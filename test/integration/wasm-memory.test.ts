import { beforeAll, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { startBackends } from "../support/backends.js";
import { createProblem } from "../support/gradients.js";
import { type ModelCase, stack, tokens } from "../support/models/model-case.js";

beforeAll(startBackends);

/** Convolutions of each kind, with pools, normalization and dropout; an odd number of channels. */
const images = stack([8, 8, 3], (layers) => [
  layers.conv2d({ filters: 5, kernelSize: 3, activation: "relu" }),
  layers.maxPooling2d({ poolSize: 2 }),
  layers.separableConv2d({ filters: 6, kernelSize: 2, depthMultiplier: 2 }),
  layers.batchNormalization(),
  layers.dropout({ rate: 0.25 }),
  layers.conv2dTranspose({ filters: 4, kernelSize: 2, strides: 2 }),
]);

const words = stack(
  [3],
  (layers) => [
    layers.embedding({ inputDim: 20, outputDim: 5 }),
    layers.gru({ units: 4 }),
    layers.prelu({ sharedAxes: [1] }),
  ],
  { x: tokens(20, 3) },
);

const volumes = stack([4, 4, 4, 2], (layers) => [
  layers.conv3d({ filters: 3, kernelSize: 2 }),
  layers.maxPooling3d({ poolSize: 2, strides: 1 }),
]);

const steps = 1000;

it.each<[string, ModelCase]>([
  ["images", images],
  ["words", words],
  ["volumes", volumes],
])(`holds nothing more after ${steps} steps than after the first ones: %s`, async (_, model) => {
  const { model: trained, x, y } = await createProblem(model);
  trained.compile({ optimizer: tf.train.adam(0.001), loss: "categoricalCrossentropy" });
  const train = async (count: number) => {
    for (let i = 0; i < count; i++) await trained.trainOnBatch(x, y);
  };
  await train(20);
  const before = held();
  await train(steps);
  expect(held()).toEqual(before);
});

/** Tensors and data that tfjs counts, and the size of the heap, which only grows. */
function held() {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  const { wasm } = tf.backend() as unknown as { readonly wasm: { readonly HEAPU8: Uint8Array } };
  const heapBytes = wasm.HEAPU8.byteLength;
  return { numTensors, numDataBuffers, numBytes, dataIds: tf.backend().numDataIds(), heapBytes };
}
