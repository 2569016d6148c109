/**
 * What a run of a sparse hook sends, by the bucket and the number of runs before it alone: every member
 * comes to the same, and logs can say it without a run.
 */
import { type DeepGradient, type TopK } from "../compression.js";
import { type Bucket, type Demand } from "../hook.js";
import { HookState } from "../hook-state.js";
import { allGatherBytes, allReduceBytes } from "../ring-bytes.js";
import { encodedWords } from "./sparse-layout.js";

export type Sparse = TopK | DeepGradient;

export interface SparseExchange {
  /** Of elements that are sent: what was asked for, or more during the warm-up. */
  readonly ratio: number;
  /** Elements that each member sends. */
  readonly k: number;
  /** Sparse messages would be no smaller: all elements are reduced as they are, and nothing is kept. */
  readonly dense: boolean;
  /** That this member sends. */
  readonly bytes: number;
}

/** Of the warm-up. A fifth follows, which lasts. */
const warmupStages = 4;

/** In stage s of 4 the ratio is that which is asked for, to the power of (s + 1) / 5. */
export function stageOf({ warmupUpdates }: Sparse, updates: number): number {
  if (updates >= warmupUpdates) return warmupStages;
  return Math.floor((updates * warmupStages) / warmupUpdates);
}

export function exchangeInStage(
  compression: Sparse,
  { count, size }: Bucket,
  stage: number,
): SparseExchange {
  // Powers may differ in their last bit between versions of Node, and k must not.
  const power = compression.ratio ** ((stage + 1) / (warmupStages + 1));
  const ratio = stage === warmupStages ? compression.ratio : Number(power.toPrecision(6));
  const k = Math.min(count, Math.ceil(ratio * count));
  const sparseBytes = allGatherBytes(size, encodedWords(count, k, compression.values));
  const denseBytes = allReduceBytes(size, count);
  const dense = sparseBytes >= denseBytes;
  return { ratio, k, dense, bytes: dense ? denseBytes : sparseBytes };
}

/** `updates` are runs so far that were not taken back. */
export function sparseExchangeOf(
  compression: Sparse,
  bucket: Bucket,
  updates: number,
): SparseExchange {
  return exchangeInStage(compression, bucket, stageOf(compression, updates));
}

/** Stages that there will be. */
export function stagesOf(compression: Sparse): readonly number[] {
  const first = stageOf(compression, 0);
  return Array.from({ length: warmupStages + 1 - first }, (_, i) => first + i);
}

/**
 * Lengths of the arrays that are kept: the residual, and the velocity of deepGradient. A group of one has
 * no residual.
 */
export function sparseArrays({ kind }: Sparse, { count, size }: Bucket): readonly number[] {
  if (kind === "topK") return size > 1 ? [count] : [];
  return [size > 1 ? count : 0, count];
}

export function sparseDemand(compression: Sparse, bucket: Bucket): Demand {
  const parts = stagesOf(compression)
    .map((stage) => exchangeInStage(compression, bucket, stage))
    .filter(({ dense }) => !dense)
    .map(({ k }) => encodedWords(bucket.count, k, compression.values));
  return {
    state: HookState.elements(sparseArrays(compression, bucket)),
    exchange: bucket.size * Math.max(0, ...parts),
  };
}
