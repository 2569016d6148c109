/** What the hook for quantized wires keeps, needs and sends: by the bucket alone. */
import { type Quantized } from "../compression.js";
import { type Bucket, type Demand } from "../hook.js";
import { HookState } from "../hook-state.js";
import { allGatherBytes, allToAllBytes } from "../ring-bytes.js";
import { codecs } from "./codecs.js";

/** Lengths of the arrays that are kept: with error feedback the residual. */
export function quantizedArrays(
  { errorFeedback }: Quantized,
  { count, size }: Bucket,
): readonly number[] {
  return errorFeedback && size > 1 ? [count] : [];
}

export function quantizedDemand(compression: Quantized, bucket: Bucket): Demand {
  return {
    state: HookState.elements(quantizedArrays(compression, bucket)),
    exchange: bucket.size > 1 ? 2 * bucket.size * partWords(compression, bucket) : 0,
  };
}

/** Bytes that this member sends in a run. */
export function quantizedBytes(compression: Quantized, bucket: Bucket): number {
  const words = partWords(compression, bucket);
  return allToAllBytes(bucket.size, words) + allGatherBytes(bucket.size, words);
}

/** The bucket is cut into chunks of so many; the last ones may be shorter, or empty. */
export function chunkElements({ count, size }: Bucket): number {
  return Math.ceil(count / size);
}

/** Of every part that travels: as the longest chunk takes. */
export function partWords({ kind }: Quantized, bucket: Bucket): number {
  return codecs[kind].words(chunkElements(bucket));
}
