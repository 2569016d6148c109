/** Models of dense layers: activations, regularizers, noise, normalization, merging, shapes. */
import * as tf from "@tensorflow/tfjs";
import { behindDense, type ModelCase, normal, stack, tokens } from "./model-case.js";

const activations = [
  "elu",
  "hardSigmoid",
  "linear",
  "relu",
  "relu6",
  "selu",
  "sigmoid",
  "softmax",
  "softplus",
  "softsign",
  "tanh",
  "swish",
  "mish",
  "gelu",
  "gelu_new",
] as const;

function merged(
  merge: (layers: typeof tf.layers, a: tf.SymbolicTensor, b: tf.SymbolicTensor) => unknown,
): ModelCase {
  return {
    x: () => [normal(6)(), normal(6)()],
    build: (layers) => {
      const inputs = [layers.input({ shape: [6] }), layers.input({ shape: [6] })];
      const [a, b] = inputs.map(
        (input) => layers.dense({ units: 5 }).apply(input) as tf.SymbolicTensor,
      );
      if (a === undefined || b === undefined) throw new Error("There are two inputs.");
      const both = merge(layers, a, b) as tf.SymbolicTensor;
      const outputs = layers.dense({ units: 3, activation: "softmax" }).apply(both);
      return tf.model({ inputs, outputs: outputs as tf.SymbolicTensor });
    },
  };
}

export const denseModels: Readonly<Record<string, ModelCase>> = {
  ...Object.fromEntries(
    activations.map((activation) => [
      `dense, ${activation}`,
      stack([10], (layers) => [layers.dense({ units: 9, activation })]),
    ]),
  ),
  "dense without bias": stack([7], (layers) => [layers.dense({ units: 5, useBias: false })]),
  "dense over the last of three dimensions": stack([5, 6], (layers) => [
    layers.dense({ units: 9 }),
    layers.activation({ activation: "tanh" }),
  ]),
  leakyReLU: behindDense([10], 9, (layers) => [layers.leakyReLU({ alpha: 0.2 })]),
  reLU: behindDense([10], 9, (layers) => [layers.reLU({ maxValue: 1 })]),
  "elu layer": behindDense([10], 9, (layers) => [layers.elu()]),
  "softmax layer": behindDense([5, 6], 9, (layers) => [layers.softmax({ axis: -1 })]),
  prelu: behindDense([4, 5, 3], 3, (layers) => [
    layers.prelu({ alphaInitializer: "randomNormal" }),
  ]),
  "prelu, one alpha for each channel": behindDense([4, 5, 3], 3, (layers) => [
    layers.prelu({ alphaInitializer: "randomNormal", sharedAxes: [1, 2] }),
  ]),
  "prelu, one alpha for each row": behindDense([4, 5, 3], 3, (layers) => [
    layers.prelu({ alphaInitializer: "randomNormal", sharedAxes: [2, 3] }),
  ]),
  "l1, l2 and l1l2": stack([10], (layers) => [
    layers.dense({
      units: 9,
      kernelRegularizer: tf.regularizers.l1({ l1: 0.01 }),
      biasRegularizer: tf.regularizers.l2({ l2: 0.01 }),
    }),
    layers.dense({ units: 4, kernelRegularizer: tf.regularizers.l1l2({ l1: 0.01, l2: 0.01 }) }),
  ]),
  dropout: behindDense([10], 16, (layers) => [layers.dropout({ rate: 0.3, seed: 1 })]),
  alphaDropout: behindDense([10], 16, (layers) => [layers.alphaDropout({ rate: 0.3 })]),
  gaussianDropout: behindDense([10], 16, (layers) => [layers.gaussianDropout({ rate: 0.3 })]),
  gaussianNoise: behindDense([10], 16, (layers) => [layers.gaussianNoise({ stddev: 0.1 })]),
  spatialDropout1d: behindDense([6, 5], 8, (layers) => [
    layers.spatialDropout1d({ rate: 0.3, seed: 1 }),
  ]),
  batchNormalization: behindDense([10], 9, (layers) => [layers.batchNormalization()]),
  "batchNormalization of images": behindDense([5, 4, 3], 5, (layers) => [
    layers.batchNormalization(),
  ]),
  layerNormalization: behindDense([10], 9, (layers) => [layers.layerNormalization()]),
  "layerNormalization over two axes": behindDense([4, 5], 6, (layers) => [
    layers.layerNormalization({ axis: [1, 2] }),
  ]),
  "reshape, permute, repeatVector": stack([12], (layers) => [
    layers.dense({ units: 12 }),
    layers.reshape({ targetShape: [3, 4] }),
    layers.permute({ dims: [2, 1] }),
    layers.dense({ units: 2 }),
    layers.flatten(),
    layers.repeatVector({ n: 3 }),
  ]),
  add: merged((layers, a, b) => layers.add().apply([a, b])),
  average: merged((layers, a, b) => layers.average().apply([a, b])),
  concatenate: merged((layers, a, b) => layers.concatenate().apply([a, b])),
  dot: merged((layers, a, b) =>
    layers.concatenate().apply([a, layers.dot({ axes: 1 }).apply([a, b]) as tf.SymbolicTensor]),
  ),
  "dot, normalized": merged((layers, a, b) =>
    layers
      .concatenate()
      .apply([a, layers.dot({ axes: -1, normalize: true }).apply([a, b]) as tf.SymbolicTensor]),
  ),
  maximum: merged((layers, a, b) => layers.maximum().apply([a, b])),
  minimum: merged((layers, a, b) => layers.minimum().apply([a, b])),
  multiply: merged((layers, a, b) => layers.multiply().apply([a, b])),
  rescaling: stack([10], (layers) => [layers.rescaling({ scale: 0.5, offset: 1 })]),
  // It changes the shape of what is in front of it, which must not be that of the input.
  categoryEncoding: stack(
    [2, 2],
    (layers) => [layers.flatten(), layers.categoryEncoding({ numTokens: 6 })],
    { x: tokens(6, 2, 2) },
  ),
};
