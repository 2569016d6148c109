/**
 * Runs on every rank, under tsrun: the limit. A perfect all-reduce of n ranks reads n buffers and
 * writes n, each once, in place. So do n ranks that, all at once, copy the lower half of their buffer
 * onto the upper and back, and that is measured here: from when the first rank begins until the last
 * has ended. Small buffers are copied many times in a row, lest the ranks' beginnings show more than
 * the copies.
 */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import { type Case, type MeasuringPlan, runsFor, type Samples } from "./measuring-plan.js";

/** Bytes of a row of copies, at least. */
const rowBytes = 64 * 2 ** 20;
const warmUps = 3;

async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? "") as MeasuringPlan;
  await kolo.init();
  for (const one of plan.cases) {
    const samples = measureCopies(one, plan);
    if (kolo.rank() === 0) console.log(JSON.stringify(samples));
  }
  await kolo.shutdown();
}

function measureCopies(one: Case, plan: MeasuringPlan): Samples {
  const halves = new Uint8Array(one.bytes).fill(1);
  const half = one.bytes / 2;
  const [low, high] = [halves.subarray(0, half), halves.subarray(half)];
  const copies = Math.ceil(rowBytes / one.bytes);
  const { now, first, last } = commonClock();
  const once = (): [start: number, end: number] => {
    kolo.barrierSync();
    const start = now();
    for (let i = 0; i < copies; i++) {
      high.set(low);
      low.set(high);
    }
    return [start, now()];
  };
  const warm = Array.from({ length: warmUps }, once).map(([start, end]) => end - start);
  const [rowTicks = 1] = last([Math.min(...warm)]);
  const runs = Array.from({ length: runsFor(plan, rowTicks / ticksPerMs) }, once);
  const starts = first(runs.map(([start]) => start));
  const ends = last(runs.map(([, end]) => end));
  const durationsUs = ends.map((end, run) => {
    return ((end - (starts[run] ?? NaN)) * 1000) / ticksPerMs / copies;
  });
  return { ...one, durationsUs };
}

const ticksPerMs = 10_000;

/** A clock that all ranks read alike, in ticks since now; int32 holds them for three minutes. */
function commonClock() {
  // The system's monotonic clock is the same for all of its processes.
  const ticks = (): number => Number(process.hrtime.bigint() / 100n) % 2 ** 32;
  const zero = kolo.broadcastSync(tf.scalar(ticks() | 0, "int32"), { root: 0 }).dataSync()[0] ?? 0;
  const reduce =
    (op: "min" | "max") =>
    (values: readonly number[]): number[] =>
      Array.from(kolo.allReduceSync(tf.tensor1d([...values], "int32"), { op }).dataSync());
  return { now: () => (ticks() - zero) | 0, first: reduce("min"), last: reduce("max") };
}

void main();
