/**
 * Linear regression over many rows, the "hello world" of data-parallel training: every rank computes
 * the gradient of the mean squared error on its rows, and the ring averages them.
 *
 *   npx tsrun -np 4 examples/regression.ts --rows 1000000
 *
 * The rows are y = w·x + b + noise with known w and b, so the answer can be checked.
 */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";

const options = yargs(hideBin(process.argv))
  .option("rows", { type: "number", default: 400_000, describe: "rows over all ranks" })
  .option("features", { type: "number", default: 20, describe: "columns of x" })
  .option("batch-size", { type: "number", default: 1000, describe: "rows per rank and step" })
  .option("epochs", { type: "number", default: 2, describe: "passes over the rows" })
  .option("learning-rate", { type: "number", default: 0.1, describe: "of plain SGD" })
  .strict()
  .parseSync();

await kolo.init();
const { rows, features } = options;

// The same seed on every rank: all know the whole set, and each trains on its own shard of it.
const xs = tf.randomNormal([rows, features], 0, 1, "float32", 7);
const trueWeights = tf.randomNormal([features, 1], 0, 1, "float32", 8);
const trueBias = 3;
const noise = tf.randomNormal([rows, 1], 0, 0.1, "float32", 9);
const ys = tf.tidy(() =>
  xs
    .matMul(trueWeights as tf.Tensor2D)
    .add(trueBias)
    .add(noise),
);

const batches = kolo.shard({ xs, ys }, { batchSize: options.batchSize, seed: 1 });

const model = tf.sequential({
  layers: [tf.layers.dense({ inputShape: [features], units: 1, kernelInitializer: "zeros" })],
});
model.compile({
  optimizer: kolo.distributedOptimizer(tf.train.sgd(options.learningRate)),
  loss: "meanSquaredError",
});
const history = await model.fitDataset(batches, {
  epochs: options.epochs,
  callbacks: [kolo.callbacks.broadcastVariables(), kolo.callbacks.averageMetrics()],
});

const [kernel, bias] = model.getWeights() as [tf.Tensor, tf.Tensor];
const weightError = kernel.sub(trueWeights).abs().max().dataSync()[0] ?? NaN;
const biasError = Math.abs((bias.dataSync()[0] ?? NaN) - trueBias);
const loss = history.history["loss"]?.at(-1);

await kolo.shutdown();
if (kolo.rank() === 0) {
  console.log(`mean squared error ${Number(loss).toFixed(5)} (the noise alone makes 0.01)`);
  console.log(
    `largest error of a weight ${weightError.toFixed(5)}, of the bias ${biasError.toFixed(5)}`,
  );
}
