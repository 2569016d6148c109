import { beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { startBackends } from "../support/backends.js";
import { createProblem, norm, type Problem } from "../support/gradients.js";
import { stack } from "../support/models/model-case.js";

/** A fraction of the way; what is seen is 1e-6 at most, the rounding of float32 ten times over. */
const tolerance = 1e-5;

beforeAll(startBackends);

const optimizers: Readonly<Record<string, () => tf.Optimizer>> = {
  sgd: () => tf.train.sgd(0.1),
  momentum: () => tf.train.momentum(0.1, 0.9),
  "momentum, Nesterov's": () => tf.train.momentum(0.1, 0.9, true),
  rmsprop: () => tf.train.rmsprop(0.01),
  // tfjs subtracts epsilon here, under a root: with its default there is none of small gradients.
  "rmsprop, centered": () => tf.train.rmsprop(0.01, 0.9, 0.5, 1e-20, true),
  adam: () => tf.train.adam(0.01),
  adamax: () => tf.train.adamax(0.01),
  adagrad: () => tf.train.adagrad(0.1),
  adadelta: () => tf.train.adadelta(1, 0.9),
};

/** Smooth everywhere: optimizers that divide by the gradient's size make much of little noise. */
const model = stack([6, 6, 2], (layers) => [
  layers.conv2d({ filters: 5, kernelSize: 3, activation: "tanh" }),
  layers.depthwiseConv2d({ kernelSize: 2, activation: "sigmoid" }),
  layers.flatten(),
  layers.dense({ units: 6, activation: "tanh" }),
]);

/** With constraints on its weights, which hold in each step. */
const constrained = stack([7], (layers) => [
  layers.dense({ units: 5, kernelConstraint: tf.constraints.maxNorm({ maxValue: 0.9 }) }),
  layers.dense({
    units: 6,
    kernelConstraint: tf.constraints.minMaxNorm({ minValue: 0.4, maxValue: 0.8 }),
    biasConstraint: tf.constraints.nonNeg(),
  }),
  layers.dense({ units: 4, kernelConstraint: tf.constraints.unitNorm({ axis: 0 }) }),
]);

describe("ten steps on wasm with the training kernels", () => {
  it.each(Object.entries(optimizers))("lead to the weights of cpu: %s", async (_, create) => {
    expect(await distanceOfTraining(await createProblem(model), create)).toBeLessThan(tolerance);
  });

  it("lead to the weights of cpu under constraints", async () => {
    const problem = await createProblem(constrained);
    expect(await distanceOfTraining(problem, () => tf.train.sgd(0.1))).toBeLessThan(tolerance);
  });
});

/** Between the weights after training on both, as a fraction of the way they have gone. */
async function distanceOfTraining(
  { model: trained, x, y }: Problem,
  createOptimizer: () => tf.Optimizer,
): Promise<number> {
  const start = trained.getWeights().map((weight) => weight.clone());
  const weightsAfter = async (backend: string) => {
    await tf.setBackend(backend);
    trained.setWeights(start);
    trained.compile({ optimizer: createOptimizer(), loss: "categoricalCrossentropy" });
    for (let i = 0; i < 10; i++) await trained.trainOnBatch(x, y);
    return flat(trained.getWeights());
  };
  const cpu = await weightsAfter("cpu");
  const wasm = await weightsAfter("wasm");
  const from = flat(start);
  const way = norm(cpu.map((value, i) => value - (from[i] ?? NaN)));
  expect(way).toBeGreaterThan(0);
  return norm(cpu.map((value, i) => value - (wasm[i] ?? NaN))) / way;
}

function flat(tensors: readonly tf.Tensor[]): Float32Array {
  return Float32Array.from(tensors.flatMap((tensor) => Array.from(tensor.dataSync())));
}
