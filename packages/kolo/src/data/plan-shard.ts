/**
 * Which examples go to which rank at which step. Pure; positions count after the shuffle.
 *
 * With n ranks and batches of b, the global batch t is the positions [t·n·b, (t + 1)·n·b), and rank r
 * takes those that are r modulo n: so step t of n ranks sees what step t of one process with batches
 * of n·b would. Every rank takes the same number of steps.
 *
 * The last m = N mod n·b positions are dropped, or kept: as a smaller last step where every rank gets
 * one at least (m ≥ n), else as a surplus of the step before, where m ranks get b + 1.
 */
import { KoloError } from "@kolo/core";

export type Remainder = "drop" | "keep";

export interface GlobalBatches {
  /** Number of ranks, n. */
  readonly size: number;
  /** Examples per rank and step, b. */
  readonly batchSize: number;
  readonly remainder: Remainder;
}

/** Positions start … end - 1. */
export interface PositionRange {
  readonly start: number;
  readonly end: number;
}

/** Steps of an epoch over `examples` examples. */
export function stepCount(batches: GlobalBatches, examples: number): number {
  const { size, batchSize, remainder } = batches;
  const fullSteps = Math.floor(examples / (size * batchSize));
  const left = examples % (size * batchSize);
  return remainder === "keep" && left >= size ? fullSteps + 1 : fullSteps;
}

/** The positions of step `step`, over all ranks. */
export function globalBatch(batches: GlobalBatches, examples: number, step: number): PositionRange {
  const { size, batchSize, remainder } = batches;
  const start = step * size * batchSize;
  const isLast = step === stepCount(batches, examples) - 1;
  return { start, end: isLast && remainder === "keep" ? examples : start + size * batchSize };
}

/** The positions of one rank in a global batch, ascending. `start` is a multiple of `size`. */
export function positionsOfRank({ start, end }: PositionRange, rank: number, size: number) {
  const count = Math.max(0, Math.ceil((end - start - rank) / size));
  return Int32Array.from({ length: count }, (_, i) => start + rank + i * size);
}

/** Throws `argument_invalid` where not even one step can be made of `examples` examples. */
export function expectOneStep(batches: GlobalBatches, examples: number): void {
  const { size, batchSize, remainder } = batches;
  if (stepCount(batches, examples) > 0) return;
  const atLeast = remainder === "keep" ? size : size * batchSize;
  const why = remainder === "keep" ? "one for each rank" : `${size} ranks × batchSize ${batchSize}`;
  const advice = remainder === "keep" ? "" : ', or use a smaller batchSize or remainder: "keep"';
  throw new KoloError(
    "argument_invalid",
    `expected at least ${atLeast} examples (${why}) for shard(), got ${examples}; give more${advice}`,
  );
}
