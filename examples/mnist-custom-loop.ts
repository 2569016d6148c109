/**
 * MNIST with a training loop of one's own, saving on rank 0, loading, and broadcasting.
 *
 *   npx tsrun -np 4 examples/mnist-custom-loop.ts --save /tmp/model.json
 *   npx tsrun -np 4 examples/mnist-custom-loop.ts --load /tmp/model.json
 */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import { readFileSync, writeFileSync } from "node:fs";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { imageShape, loadMnist } from "./datasets/mnist.js";

const options = yargs(hideBin(process.argv))
  .option("epochs", { type: "number", default: 1, describe: "passes over the training images" })
  .option("batch-size", { type: "number", default: 32, describe: "images per rank and step" })
  .option("learning-rate", { type: "number", default: 0.05, describe: "of SGD with momentum" })
  .option("limit", { type: "number", default: 60_000, describe: "training images to use" })
  .option("save", { type: "string", describe: "file to write the weights to, by rank 0" })
  .option("load", { type: "string", describe: "file to read the weights from, by rank 0" })
  .strict()
  .parseSync();

/** Keeps a model in one JSON file; `file://` URLs need tfjs-node, this does not. */
function fileHandler(path: string): tf.io.IOHandler {
  return {
    load: () => {
      const saved = JSON.parse(readFileSync(path, "utf8")) as tf.io.ModelArtifacts & {
        weightData: string;
      };
      const weightData = new Uint8Array(Buffer.from(saved.weightData, "base64")).buffer;
      return Promise.resolve({ ...saved, weightData });
    },
    save: (artifacts) => {
      const data = tf.io.CompositeArrayBuffer.join(artifacts.weightData);
      const weightData = Buffer.from(data).toString("base64");
      writeFileSync(path, JSON.stringify({ ...artifacts, weightData }));
      return Promise.resolve({
        modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" },
      });
    },
  };
}

await kolo.init();

const model = tf.sequential({
  layers: [
    tf.layers.rescaling({ inputShape: imageShape, scale: 1 / 255 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 128, activation: "relu" }),
    tf.layers.dense({ units: 10 }),
  ],
});
const optimizer = kolo.distributedOptimizer(tf.train.momentum(options.learningRate, 0.9));

// Only rank 0 needs the file; everybody else gets its weights.
if (options.load !== undefined && kolo.rank() === 0) {
  const saved = await tf.loadLayersModel(fileHandler(options.load));
  model.setWeights(saved.getWeights());
}
await kolo.broadcastVariables(model);

const train = loadMnist("train", options.limit);
const batches = kolo.shard(
  {
    xs: { values: train.images, shape: [train.count, ...imageShape], dtype: "float32" },
    ys: { values: train.labels, shape: [train.count, 10] },
  },
  { batchSize: options.batchSize, seed: 1 },
);

for (let epoch = 1; epoch <= options.epochs; epoch++) {
  let lastLoss = 0;
  let steps = 0;
  await batches.forEachAsync(({ xs, ys }) => {
    // Averages the gradients over all ranks before it applies them.
    const loss = optimizer.minimize(
      () => tf.losses.softmaxCrossEntropy(ys, model.predict(xs) as tf.Tensor).asScalar(),
      true,
    );
    lastLoss = loss?.dataSync()[0] ?? NaN;
    loss?.dispose();
    steps++;
  });
  const mean = await kolo.allReduce(tf.scalar(lastLoss));
  if (kolo.rank() === 0) {
    console.log(
      `epoch ${epoch}: ${steps} steps, last loss ${(mean.dataSync()[0] ?? NaN).toFixed(4)}`,
    );
  }
}

// All ranks have the same weights, so one of them saves.
if (options.save !== undefined && kolo.rank() === 0) {
  await model.save(fileHandler(options.save));
  console.log(`saved to ${options.save}`);
}

const test = loadMnist("t10k", 1000);
const right = tf.tidy(() => {
  const images = tf.tensor4d(test.images, [test.count, ...imageShape], "float32");
  const predicted = model.predict(images) as tf.Tensor;
  return predicted
    .argMax(-1)
    .equal(tf.tensor2d(test.labels, [test.count, 10]).argMax(-1))
    .sum();
});
const accuracy = (right.dataSync()[0] ?? 0) / test.count;

await kolo.shutdown();
if (kolo.rank() === 0) console.log(`test accuracy ${accuracy.toFixed(4)}`);
