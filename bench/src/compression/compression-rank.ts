/**
 * Runs on every rank, under tsrun: trains the CNN from the weights and in the order that the job's
 * seed gives, and counts the bytes of each update.
 */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import { mnistCnn } from "../training/cnn.js";
import { checkSameWeights } from "../training/same-weights.js";
import { warmupUpdatesOf } from "./codecs.js";
import { type Images, imageShape, classCount, oneHot, readImages } from "./images.js";
import {
  batchSize,
  type Checkpoint,
  momentum,
  type TrainingPlan,
  type TrainingResult,
} from "./training.js";

const testBatchSize = 500;

async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? "") as TrainingPlan;
  await kolo.init();
  const result = await train(plan);
  if (kolo.rank() === 0) console.log(JSON.stringify(result));
  await kolo.shutdown();
}

async function train({ folder, epochs, ...plan }: TrainingPlan): Promise<TrainingResult> {
  const { compression, learningRate } = plan;
  // The same algorithm: deepGradient's momentum takes the place of the optimizer's.
  const inner =
    compression.kind === "deepGradient"
      ? tf.train.sgd(learningRate)
      : tf.train.momentum(learningRate, momentum);
  const model = mnistCnn(kolo.distributedOptimizer(inner, { compression }));
  await kolo.broadcastVariables(model);

  const bytesOfSteps: number[] = [];
  const history: Checkpoint[] = [];
  const test = readImages(folder, "test");
  let bytesBefore = 0;
  await model.fitDataset(batchesOf(readImages(folder, "train"), { batchSize }), {
    epochs,
    callbacks: {
      onBatchBegin: () => {
        bytesBefore = kolo.statistics().bytesSent;
      },
      onBatchEnd: () => {
        bytesOfSteps.push(kolo.statistics().bytesSent - bytesBefore);
      },
      onEpochEnd: async (epoch) => {
        const steps = bytesOfSteps.length;
        const bytesSent = meanOverRanks(total(bytesOfSteps), "bytes sent");
        history.push({ epoch: epoch + 1, steps, bytesSent, ...(await evaluate(model, test)) });
      },
    },
  });
  checkSameWeights(model);
  const steady = bytesOfSteps.slice(Math.max(1, warmupUpdatesOf(compression)));
  return { bytesPerStep: meanOverRanks(total(steady) / steady.length, "bytes a step"), history };
}

/** Pixels from 0 to 1, classes one-hot; in an order that follows from the job's seed. */
function batchesOf(
  { pixels, classes }: Images,
  options: kolo.ShardOptions,
): tf.data.Dataset<{ xs: tf.Tensor; ys: tf.Tensor }> {
  const count = classes.length;
  const columns = {
    xs: { values: pixels, shape: [count, ...imageShape], dtype: "float32" },
    ys: { values: oneHot(classes), shape: [count, classCount] },
  } as const;
  return kolo.shard(columns, options).map(({ xs, ys }) => ({ xs: tf.div(xs, 255), ys }));
}

/** Each rank looks at its share of the test images, and they add up. */
async function evaluate(
  model: tf.LayersModel,
  test: Images,
): Promise<Pick<Checkpoint, "accuracy" | "loss">> {
  const sums = { right: 0, loss: 0 };
  const options = { batchSize: testBatchSize, shuffle: false, remainder: "keep" } as const;
  await batchesOf(test, options).forEachAsync(({ xs, ys }) => {
    const [right, loss] = tf.tidy(() => {
      const predicted = model.predict(xs) as tf.Tensor;
      const isRight = predicted.argMax(-1).equal(ys.argMax(-1));
      const losses = tf.metrics.categoricalCrossentropy(ys, predicted);
      return [isRight.sum().dataSync()[0], losses.sum().dataSync()[0]];
    });
    sums.right += right ?? NaN;
    sums.loss += loss ?? NaN;
  });
  const [right = NaN, loss = NaN] = tf.tidy(() =>
    kolo.allReduceSync([sums.right, sums.loss], { op: "sum", name: "test" }).dataSync(),
  );
  return { accuracy: right / test.classes.length, loss: loss / test.classes.length };
}

function meanOverRanks(value: number, name: string): number {
  const mean = tf.tidy(() => kolo.allReduceSync(tf.scalar(value), { name }).dataSync()[0] ?? NaN);
  return Math.round(mean);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

void main();
