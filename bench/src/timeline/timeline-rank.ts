/**
 * Runs on every rank, under tsrun: the same steps with a timeline and without, in turns within one
 * process, because launches differ by more than what is measured.
 */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import { mnistCnn, noiseBatch } from "../training/cnn.js";

export interface TimelinePlan {
  readonly file: string;
  readonly rounds: number;
  readonly steps: number;
}

/** A turn of so many steps. */
export interface Turn {
  /** Of the slowest rank. */
  readonly ms: number;
  /** Of processor time in all threads of all ranks: what other programs do counts less in it. */
  readonly cpuMs: number;
}

/** One of each a round. */
export interface TimelineMeasurement {
  readonly off: readonly Turn[];
  readonly on: readonly Turn[];
}

const warmUpSteps = 20;
/** Before the clock runs in a turn: a file is opened, memory is touched for the first time. */
const settlingSteps = 2;

async function main(): Promise<void> {
  const { file, rounds, steps } = JSON.parse(process.argv[2] ?? "") as TimelinePlan;
  await kolo.init();
  const model = mnistCnn(kolo.distributedOptimizer(tf.train.adam(1e-3)));
  await kolo.broadcastVariables(model);
  const { images, labels } = noiseBatch(1 + kolo.rank());
  const train = async (count: number): Promise<void> => {
    for (let step = 0; step < count; step++) await model.trainOnBatch(images, labels);
  };
  const turn = async (): Promise<Turn> => {
    await train(settlingSteps);
    kolo.barrierSync();
    const startMs = performance.now();
    const before = process.cpuUsage();
    await train(steps);
    const { user, system } = process.cpuUsage(before);
    const ms = performance.now() - startMs;
    return { ms: over("max", ms), cpuMs: over("sum", (user + system) / 1000) };
  };
  const recordedTurn = async (): Promise<Turn> => {
    kolo.startTimeline(file);
    const recorded = await turn();
    await kolo.stopTimeline();
    return recorded;
  };

  await train(warmUpSteps);
  const off: Turn[] = [];
  const on: Turn[] = [];
  for (let round = 0; round < rounds; round++) {
    // Who goes first changes, so that a drift of the machine is for both alike.
    if (round % 2 === 0) off.push(await turn());
    on.push(await recordedTurn());
    if (round % 2 === 1) off.push(await turn());
  }
  const measurement: TimelineMeasurement = { off, on };
  if (kolo.rank() === 0) console.log(JSON.stringify(measurement));
  await kolo.shutdown();
}

/** The largest of all ranks' values, or their sum. */
function over(op: "max" | "sum", value: number): number {
  return kolo.allReduceSync(tf.scalar(value), { op, name: op }).dataSync()[0] ?? NaN;
}

void main();
