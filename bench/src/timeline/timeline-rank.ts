/**
 * Runs on every rank, under tsrun: the same steps with a timeline and without, in turns within one
 * process, because launches differ by more than what is measured.
 */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import { mnistCnn, noiseBatch } from "../training/cnn.js";

/** What is measured, and what comes out: milliseconds of the slowest rank, one a round. */
export interface TimelinePlan {
  readonly file: string;
  readonly rounds: number;
  readonly steps: number;
}
export interface TimelineMeasurement {
  readonly offMs: readonly number[];
  readonly onMs: readonly number[];
}

const warmUpSteps = 20;

async function main(): Promise<void> {
  const { file, rounds, steps } = JSON.parse(process.argv[2] ?? "") as TimelinePlan;
  await kolo.init();
  const model = mnistCnn(kolo.distributedOptimizer(tf.train.adam(1e-3)));
  await kolo.broadcastVariables(model);
  const { images, labels } = noiseBatch(1 + kolo.rank());
  const train = async (count: number): Promise<number> => {
    kolo.barrierSync();
    const startMs = performance.now();
    for (let step = 0; step < count; step++) await model.trainOnBatch(images, labels);
    const ms = tf.scalar(performance.now() - startMs);
    return kolo.allReduceSync(ms, { op: "max", name: "slowest rank" }).dataSync()[0] ?? NaN;
  };
  const trainRecorded = async (): Promise<number> => {
    kolo.startTimeline(file);
    const ms = await train(steps);
    await kolo.stopTimeline();
    return ms;
  };

  await train(warmUpSteps);
  const offMs: number[] = [];
  const onMs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // Who goes first changes, so that a drift of the machine is for both alike.
    if (round % 2 === 0) offMs.push(await train(steps));
    onMs.push(await trainRecorded());
    if (round % 2 === 1) offMs.push(await train(steps));
  }
  const measurement: TimelineMeasurement = { offMs, onMs };
  if (kolo.rank() === 0) console.log(JSON.stringify(measurement));
  await kolo.shutdown();
}

void main();
