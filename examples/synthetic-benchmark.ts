/**
 * How fast training is on this machine, on images of noise: the counterpart of Horovod's
 * tensorflow2_synthetic_benchmark.py.
 *
 *   npx tsrun -np 2 examples/synthetic-benchmark.ts --model cnn --batch-size 32
 *
 * First every rank trains alone, one after the other, with the plain optimizer, while the others sleep.
 * Then all train together, with gradients averaged at every step. Rank 0 prints
 *
 *   - images per second of each iteration, per rank and in total, ± 1.96 standard deviations over the
 *     iterations: 95 of 100 lie in between, if they are spread as noise is;
 *   - the scaling efficiency: the total, divided by what the ranks did alone, added up. 1 is perfect;
 *   - the split of a step: compute (forward, backward), communication (packing gradients, and waiting
 *     for their average, which includes waiting for ranks that are late), and update (unpacking the
 *     averages and applying them). Means over the ranks.
 *
 * More ranks than cores share the cores, and so cannot be efficient by this measure.
 */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";

const options = yargs(hideBin(process.argv))
  .option("model", { choices: ["cnn", "mlp"] as const, default: "cnn" as const, describe: "which" })
  .option("batch-size", { type: "number", default: 32, describe: "images per rank and step" })
  .option("num-warmup-batches", { type: "number", default: 10, describe: "before the clock runs" })
  .option("num-batches-per-iter", {
    type: "number",
    default: 10,
    describe: "steps of an iteration",
  })
  .option("num-iters", { type: "number", default: 10, describe: "iterations together" })
  .option("num-alone-iters", {
    type: "number",
    default: 3,
    describe: "iterations of each rank alone",
  })
  .check((given) => {
    for (const [name, value] of Object.entries(given)) {
      if (typeof value !== "number" || (Number.isInteger(value) && value >= 1)) continue;
      throw new Error(`expected --${name} to be an integer of at least 1, got ${value}`);
    }
    return true;
  })
  .strict()
  .parseSync();

const imageShape = [28, 28, 1];
const classes = 10;

/** 225,034 parameters, nearly all time in convolutions. */
function cnn(): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: imageShape, filters: 32, kernelSize: 3, activation: "relu" }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 64, kernelSize: 3, activation: "relu" }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 128, activation: "relu" }),
      tf.layers.dense({ units: classes, activation: "softmax" }),
    ],
  });
}

/** 1,863,690 parameters, and little to compute with each: hard on communication. */
function mlp(): tf.Sequential {
  return tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: imageShape }),
      tf.layers.dense({ units: 1024, activation: "relu" }),
      tf.layers.dense({ units: 1024, activation: "relu" }),
      tf.layers.dense({ units: classes, activation: "softmax" }),
    ],
  });
}

await kolo.init();
const { batchSize, numWarmupBatches, numBatchesPerIter, numIters, numAloneIters } = options;
const size = kolo.size();
const say = (line: string): void => {
  if (kolo.rank() === 0) console.log(line);
};

const model = { cnn, mlp }[options.model]();
const images = tf.randomUniform([batchSize, ...imageShape]);
const labels = tf.oneHot(tf.randomUniform([batchSize], 0, classes, "int32"), classes);

async function train(batches: number): Promise<void> {
  for (let batch = 0; batch < batches; batch++) await model.trainOnBatch(images, labels);
}

/** Images per second of each iteration. */
async function measure(iterations: number): Promise<number[]> {
  const rates: number[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const startMs = performance.now();
    await train(numBatchesPerIter);
    rates.push((1000 * batchSize * numBatchesPerIter) / (performance.now() - startMs));
  }
  return rates;
}

/** Element by element, over all ranks. */
function total(values: readonly number[]): number[] {
  const sums = kolo.allReduceSync(tf.tensor1d([...values]), { op: "sum" });
  return [...sums.dataSync()];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** "812.3 ± 10.1" */
function withSpread(values: readonly number[]): string {
  const center = mean(values);
  const deviation = Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
  return `${center.toFixed(1)} ± ${(1.96 * deviation).toFixed(1)}`;
}

say(`model ${options.model}: ${model.countParams()} parameters, backend ${tf.getBackend()}`);
say(`${batchSize} images per rank and step, ${size} ${size === 1 ? "rank" : "ranks"}`);

const compile = (optimizer: tf.Optimizer): void => {
  model.compile({ optimizer, loss: "categoricalCrossentropy" });
};

// Alone, rank after rank: those whose turn it is not sleep in the barrier.
compile(tf.train.adam(1e-3));
let aloneRate = 0;
for (let turn = 0; turn < size; turn++) {
  if (turn === kolo.rank()) {
    await train(numWarmupBatches);
    aloneRate = mean(await measure(numAloneIters));
  }
  kolo.barrierSync();
}

// Together, from the same start.
compile(kolo.distributedOptimizer(tf.train.adam(1e-3)));
await kolo.broadcastVariables(model);
await train(numWarmupBatches);
const before = kolo.statistics();
const rates = total(await measure(numIters));
const after = kolo.statistics();

for (const [iteration, rate] of rates.entries()) {
  say(`iteration ${iteration + 1}: ${(rate / size).toFixed(1)} images/s per rank`);
}
say(`images/s per rank: ${withSpread(rates.map((rate) => rate / size))}`);
say(`images/s in total, ${size} ${size === 1 ? "rank" : "ranks"}: ${withSpread(rates)}`);

const [aloneTotal = NaN] = total([aloneRate]);
say(
  `scaling efficiency: ${(mean(rates) / aloneTotal).toFixed(3)} ` +
    `(alone ${(aloneTotal / size).toFixed(1)} images/s per rank)`,
);

const steps = after.steps - before.steps;
const [compute = NaN, pack = NaN, wait = NaN, update = NaN] = total(
  (["computeMs", "packMs", "waitMs", "unpackMs"] as const).map(
    (part) => (after[part] - before[part]) / steps,
  ),
).map((ms) => ms / size);
const step = compute + pack + wait + update;
const share = (ms: number): string => `${ms.toFixed(2)} (${((100 * ms) / step).toFixed(1)} %)`;
say(
  `a step: ${step.toFixed(2)} ms = compute ${share(compute)} + communication ${share(pack + wait)} ` +
    `+ update ${share(update)}`,
);

await kolo.shutdown();
