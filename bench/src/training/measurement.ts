/** What a measured process prints, as one line of JSON; bench/peers/torch_cnn.py prints the same. */
import { type ProfileRow } from "./profile/profile-row.js";

/** How long to train: `warmUpSteps` without a clock, then `repeats` times `steps`. */
export interface MeasuringPlan {
  readonly warmUpSteps: number;
  readonly steps: number;
  readonly repeats: number;
}

export interface Measurement {
  /** Of a repeat; fewer than planned where steps are slow. */
  readonly steps: number;
  /** Per rank and step. */
  readonly batchSize: number;
  /** One a repeat: from a barrier to the end of the slowest rank. */
  readonly repeatMs: readonly number[];
  /** Where rank 0's time went; only where asked for. */
  readonly profile?: readonly ProfileRow[];
}

/** In all ranks together, one number a repeat. */
export function samplesPerSecond(measurement: Measurement, np: number): number[] {
  const { steps, batchSize, repeatMs } = measurement;
  return repeatMs.map((ms) => (np * steps * batchSize * 1000) / ms);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}
