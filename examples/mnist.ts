/**
 * Trains a convolutional network on MNIST with `fit`, on as many ranks as tsrun starts.
 *
 *   npx tsrun -np 4 examples/mnist.ts
 *
 * The lines with `kolo` are all that makes it distributed; without tsrun it trains alone.
 */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { imageShape, loadMnist } from "./datasets/mnist.js";

const options = yargs(hideBin(process.argv))
  .option("epochs", { type: "number", default: 2, describe: "passes over the training images" })
  .option("batch-size", { type: "number", default: 32, describe: "images per rank and step" })
  .option("learning-rate", { type: "number", default: 1e-3, describe: "of Adam, for one rank" })
  .option("limit", { type: "number", default: 60_000, describe: "training images to use" })
  .option("seed", { type: "number", default: 1, describe: "of the shuffle" })
  .strict()
  .parseSync();

await kolo.init();

const train = loadMnist("train", options.limit);
const batches = kolo.shard(
  {
    xs: { values: train.images, shape: [train.count, ...imageShape], dtype: "float32" },
    ys: { values: train.labels, shape: [train.count, 10] },
  },
  { batchSize: options.batchSize, seed: options.seed },
);

const model = tf.sequential({
  layers: [
    tf.layers.rescaling({ inputShape: imageShape, scale: 1 / 255 }),
    tf.layers.conv2d({ filters: 32, kernelSize: 3, activation: "relu" }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.conv2d({ filters: 64, kernelSize: 3, activation: "relu" }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 128, activation: "relu" }),
    tf.layers.dense({ units: 10, activation: "softmax" }),
  ],
});
model.compile({
  // The global batch grows with the ranks; the square root of that is a safe factor for Adam.
  optimizer: kolo.distributedOptimizer(
    tf.train.adam(options.learningRate * Math.sqrt(kolo.size())),
  ),
  loss: "categoricalCrossentropy",
  metrics: ["accuracy"],
});

await model.fitDataset(batches, {
  epochs: options.epochs,
  callbacks: [kolo.callbacks.broadcastVariables(), kolo.callbacks.averageMetrics()],
});

// Every rank has the same weights; each looks at its share of the test images, and they add up.
const test = loadMnist("t10k");
const shares = kolo.shard(
  {
    xs: { values: test.images, shape: [test.count, ...imageShape], dtype: "float32" },
    ys: { values: test.labels, shape: [test.count, 10] },
  },
  { batchSize: 500, shuffle: false, remainder: "keep" },
);
let right = 0;
await shares.forEachAsync(({ xs, ys }) => {
  const predicted = model.predict(xs) as tf.Tensor;
  right += predicted.argMax(-1).equal(ys.argMax(-1)).sum().dataSync()[0] ?? 0;
});
const total = await kolo.allReduce(tf.scalar(right, "float32"), { op: "sum" });
const accuracy = (total.dataSync()[0] ?? 0) / test.count;

await kolo.shutdown();
if (kolo.rank() === 0) console.log(`test accuracy ${accuracy.toFixed(4)}`);
