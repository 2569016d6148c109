/** What a launched contender is told to measure, and what it prints. Peers keep to the same. */
import { type Operator } from "./cells.js";

export const dtypes = ["float32", "int32"] as const;
export type ElementType = (typeof dtypes)[number];

export interface Case {
  readonly bytes: number;
  readonly op: Operator;
  readonly dtype: ElementType;
}

export interface PlannedCase extends Case {
  readonly warmUps: number;
}

export interface MeasuringPlan {
  readonly cases: readonly PlannedCase[];
  /** Of measuring, for each case; filling and checking buffers counts. */
  readonly seconds: number;
  readonly minRuns: number;
  readonly maxRuns: number;
}

/** One line of JSON for each case. */
export interface Samples extends Case {
  /** One a run: of the slowest rank, from the end of a barrier to the end of its all-reduce. */
  readonly durationsUs: readonly number[];
}

/** So many that code is compiled and memory touched. */
export function warmUpsFor(bytes: number): number {
  return Math.round(Math.min(100, Math.max(3, 2 ** 24 / bytes)));
}

/** How often to run what took so long when it went well, filling and checking included. */
export function runsFor({ seconds, minRuns, maxRuns }: MeasuringPlan, onceMs: number): number {
  return Math.round(Math.min(maxRuns, Math.max(minRuns, (seconds * 1000) / onceMs)));
}

export function bufferOf(dtype: ElementType, count: number): Float32Array | Int32Array {
  return dtype === "float32" ? new Float32Array(count) : new Int32Array(count);
}
