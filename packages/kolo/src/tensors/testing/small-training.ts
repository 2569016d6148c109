/** Everything of a training that is small enough to be repeated for each optimizer. */
import * as tf from "@tensorflow/tfjs";

/** All that tfjs has, by name. */
export const optimizers: Readonly<Record<string, () => tf.Optimizer>> = {
  sgd: () => tf.train.sgd(0.05),
  momentum: () => tf.train.momentum(0.05, 0.9),
  rmsprop: () => tf.train.rmsprop(0.01),
  adam: () => tf.train.adam(0.01),
  adamax: () => tf.train.adamax(0.01),
  adagrad: () => tf.train.adagrad(0.05),
  adadelta: () => tf.train.adadelta(0.5),
};

const rows = 12;
const table = (columns: number, at: (i: number) => number): tf.Tensor2D =>
  tf.tensor2d(
    Array.from({ length: rows * columns }, (_, i) => at(i)),
    [rows, columns],
  );

/** Twelve rows of three. */
export const inputs = (): tf.Tensor2D => table(3, Math.sin);
/** Twelve rows of one. */
export const targets = (): tf.Tensor2D => table(1, Math.cos);

/** From `inputs` to `targets`, always from the same start. */
export function smallModel(optimizer: tf.Optimizer): tf.Sequential {
  const kernelInitializer = (seed: number) => tf.initializers.glorotNormal({ seed });
  const model = tf.sequential({
    layers: [
      tf.layers.dense({
        units: 4,
        inputShape: [3],
        activation: "tanh",
        kernelInitializer: kernelInitializer(1),
      }),
      tf.layers.dense({ units: 1, kernelInitializer: kernelInitializer(2) }),
    ],
  });
  model.compile({ optimizer, loss: "meanSquaredError" });
  return model;
}

export const weightsOf = (model: tf.LayersModel): number[] =>
  model.getWeights().flatMap((weight) => [...weight.dataSync()]);

/** The weights after so many epochs in order. */
export async function trained(
  optimizer: tf.Optimizer,
  batchSize: number,
  epochs = 3,
): Promise<number[]> {
  const model = smallModel(optimizer);
  await model.fit(inputs(), targets(), { epochs, batchSize, shuffle: false });
  return weightsOf(model);
}
