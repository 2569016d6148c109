/** Runs on every rank, under tsrun, one on each host: measures what its plan says. */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import { imageShape, oneHot, readImages } from "../compression/images.js";
import { momentum } from "../compression/training.js";
import { percentile } from "../percentile.js";
import { mnistCnn } from "../training/cnn.js";
import {
  type ExchangePlan,
  type ExchangeResult,
  type LinkPlan,
  type TrainingPlan,
  type TrainingResult,
} from "./link-plan.js";

/** Images per rank and step, and how often the accuracy is looked at. */
const batchSize = 64;
const stepsBetweenLooks = 20;
const testImages = 2000;

async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? "") as LinkPlan;
  await kolo.init();
  const result = await (plan.kind === "exchange" ? exchange(plan) : train(plan));
  console.log(JSON.stringify(result));
  await kolo.shutdown();
}

/** The same algorithm for all: deepGradient's momentum takes the place of the optimizer's. */
function optimizerFor({ compression }: LinkPlan, learningRate: number): tf.Optimizer {
  const inner =
    compression.kind === "deepGradient"
      ? tf.train.sgd(learningRate)
      : tf.train.momentum(learningRate, momentum);
  return kolo.distributedOptimizer(inner, { compression });
}

/** 784 × 1600 + 1600 × 2000 + 2000 × 270 + biases: 4,998,670 parameters. */
async function exchange(plan: ExchangePlan): Promise<ExchangeResult> {
  const { dense } = tf.layers;
  const model = tf.sequential({
    layers: [
      dense({ inputShape: [784], units: 1600, activation: "relu" }),
      dense({ units: 2000, activation: "relu" }),
      dense({ units: 270 }),
    ],
  });
  model.compile({ optimizer: optimizerFor(plan, 1e-3), loss: "meanSquaredError" });
  await kolo.broadcastVariables(model);
  const inputs = tf.randomUniform([batchSize, 784], 0, 1, "float32", 1 + kolo.rank());
  const targets = tf.randomUniform([batchSize, 270], 0, 1, "float32", 11 + kolo.rank());
  const steps: { stepMs: number; communicationMs: number; bytes: number }[] = [];
  for (let step = 0; step <= plan.steps; step++) {
    // Else the wait for a slower neighbour would count as communication.
    kolo.barrierSync();
    const before = kolo.statistics();
    const startMs = performance.now();
    await model.trainOnBatch(inputs, targets);
    const stepMs = performance.now() - startMs;
    const after = kolo.statistics();
    const waitMs = after.waitMs - before.waitMs;
    const bytes = after.bytesSent - before.bytesSent;
    steps.push({ stepMs, communicationMs: waitMs + after.packMs - before.packMs, bytes });
  }
  const measured = steps.slice(1);
  return {
    rank: kolo.rank(),
    stepMs: median(measured.map(({ stepMs }) => stepMs)),
    communicationMs: median(measured.map(({ communicationMs }) => communicationMs)),
    bytesPerStep: median(measured.map(({ bytes }) => bytes)),
  };
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

async function train(plan: TrainingPlan): Promise<TrainingResult> {
  const { folder, learningRate, mostSteps } = plan;
  const model = mnistCnn(optimizerFor(plan, learningRate));
  await kolo.broadcastVariables(model);
  const { pixels, classes } = readImages(folder, "train");
  const columns = {
    xs: { values: pixels, shape: [classes.length, ...imageShape], dtype: "float32" },
    ys: { values: oneHot(classes), shape: [classes.length, 10] },
  } as const;
  const test = testSet(folder);
  const [rank, result] = [kolo.rank(), { seconds: 0, steps: 0, accuracy: 0 }];
  while (result.steps < mostSteps && result.accuracy < plan.accuracy) {
    const batches = await kolo.shard(columns, { batchSize }).iterator();
    for (let next = await batches.next(); !next.done; next = await batches.next()) {
      const { xs, ys } = next.value;
      const scaled = tf.div(xs, 255);
      const startMs = performance.now();
      await model.trainOnBatch(scaled, ys);
      result.seconds += (performance.now() - startMs) / 1000;
      tf.dispose([xs, ys, scaled]);
      if (++result.steps % stepsBetweenLooks === 0) result.accuracy = accuracyOf(model, test);
      if (result.accuracy >= plan.accuracy || result.steps >= mostSteps) break;
    }
  }
  return { rank, ...result };
}

function testSet(folder: string): { xs: tf.Tensor; classes: tf.Tensor } {
  const { pixels, classes } = readImages(folder, "test");
  const floats = Float32Array.from(pixels.subarray(0, testImages * 784), (value) => value / 255);
  return {
    xs: tf.tensor(floats, [testImages, ...imageShape]),
    classes: tf.tensor1d(Int32Array.from(classes.subarray(0, testImages)), "int32"),
  };
}

/** All ranks have the same weights, and come to the same. */
function accuracyOf(model: tf.LayersModel, test: ReturnType<typeof testSet>): number {
  return tf.tidy(() => {
    const predicted = (model.predict(test.xs, { batchSize: 500 }) as tf.Tensor).argMax(-1);
    return predicted.equal(test.classes).toFloat().mean().dataSync()[0] ?? NaN;
  });
}

void main();
