/**
 * Measures all-reduces on every rank of a job: fill, barrier, clock, all-reduce, clock, check. The
 * barrier keeps the time that another rank takes to fill its buffer out of the time of the operation.
 */
import { cell, type Operator, reducedCell } from "./cells.js";
import {
  bufferOf,
  type Case,
  type MeasuringPlan,
  type PlannedCase,
  runsFor,
  type Samples,
} from "./measuring-plan.js";

type Elements = Float32Array | Int32Array;

/** An all-reduce with its buffers. */
export interface AllReduce {
  /** Filled before each run. */
  readonly input: Elements;
  /** Checked after each run; may be the input. */
  readonly output: Elements;
  /** What the clock measures; blocks. */
  run(): void;
  release(): void;
}

/** What measuring needs of the world. */
export interface Ranks {
  readonly rank: number;
  readonly size: number;
  barrier(): void;
  /** The largest of all ranks' numbers, element by element. */
  max(values: Float32Array): Float32Array;
}

export function measureAllReduce(
  one: PlannedCase,
  plan: MeasuringPlan,
  ranks: Ranks,
  make: (one: Case) => AllReduce,
): Samples {
  const { op, dtype, bytes } = one;
  const values = bufferOf(dtype, bytes / 4);
  for (let i = 0; i < values.length; i++) values[i] = cell(op, i, ranks.rank);
  const allReduce = make(one);
  let fastestMs = Infinity;
  const once = (): number => {
    const filledFromMs = performance.now();
    allReduce.input.set(values);
    ranks.barrier();
    const startMs = performance.now();
    allReduce.run();
    const endMs = performance.now();
    const { length } = allReduce.output;
    for (const index of [0, length >> 1, length - 1]) check(allReduce, one, ranks, index);
    fastestMs = Math.min(fastestMs, performance.now() - filledFromMs);
    return (endMs - startMs) * 1000;
  };
  for (let i = 0; i < one.warmUps; i++) once();
  // The number of runs must be the same on every rank.
  const [onceMs = 0] = ranks.max(Float32Array.of(fastestMs));
  const durationsUs = Float32Array.from({ length: runsFor(plan, onceMs) }, once);
  for (let i = 0; i < allReduce.output.length; i++) check(allReduce, one, ranks, i);
  const slowestUs = Array.from(ranks.max(durationsUs));
  allReduce.release();
  return { ...one, durationsUs: slowestUs };
}

function check(
  { output }: AllReduce,
  { op, bytes }: { op: Operator; bytes: number },
  { rank, size }: Ranks,
  index: number,
): void {
  const [got, expected] = [output[index] ?? NaN, reducedCell(op, index, size)];
  if (got === expected) return;
  throw new Error(
    `wrong ${op} of ${bytes} bytes on rank ${rank}: expected ${expected} at ${index}, got ${got}`,
  );
}
