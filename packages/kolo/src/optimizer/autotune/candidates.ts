/** Which sizes are worth trying. Pure, from what all ranks know, so that all try the same ones. */
import { planBuckets, segmentBytesFor } from "@kolo/engine";
import { type ExchangeSizes } from "../gradient-buckets.js";

const KiB = 2 ** 10;
const MiB = 2 ** 20;

/** Smaller than the default only: what had a place in the arena then has one now. */
const bucketChoices = [8 * MiB, 4 * MiB, 2 * MiB, MiB, 256 * KiB];
/** More of them would cost more than a pipeline can win. */
const maxBuckets = 64;
const segmentChoices = [64 * KiB, 256 * KiB, MiB];

export interface Choices {
  /** What is done now: it comes first, and is what others have to beat. */
  readonly now: ExchangeSizes;
  readonly isBucketFixed: boolean;
  /** Also where operations have no segments. */
  readonly isSegmentFixed: boolean;
  /** Elements of each gradient. */
  readonly counts: readonly number[];
  /** Ranks. */
  readonly size: number;
}

/** Sizes of buckets that differ in what they make of these gradients. */
export function bucketCandidates({ now, isBucketFixed, counts }: Choices): ExchangeSizes[] {
  const wanted = isBucketFixed ? [] : bucketChoices.filter((bytes) => bytes < now.bucketBytes);
  const seen = new Set([shapeOf(counts, now.bucketBytes).join()]);
  const others = wanted.filter((bytes) => {
    const shape = shapeOf(counts, bytes);
    const key = shape.join();
    if (shape.length > maxBuckets || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
  return [now, ...others.map((bucketBytes) => ({ ...now, bucketBytes }))];
}

/** Sizes of segments that cut the largest of those buckets differently. */
export function segmentCandidates({ now, isSegmentFixed, counts, size }: Choices): ExchangeSizes[] {
  if (isSegmentFixed) return [now];
  const chunkBytes = (4 * Math.max(0, ...shapeOf(counts, now.bucketBytes))) / size;
  const cut = (segmentBytes = segmentBytesFor(chunkBytes)): number =>
    Math.min(segmentBytes, chunkBytes);
  const seen = new Set([cut(now.segmentBytes)]);
  const others = segmentChoices.filter((segmentBytes) => {
    if (seen.has(cut(segmentBytes))) return false;
    seen.add(cut(segmentBytes));
    return true;
  });
  return [now, ...others.map((segmentBytes) => ({ ...now, segmentBytes }))];
}

/** Elements of each bucket. */
function shapeOf(counts: readonly number[], bucketBytes: number): number[] {
  return planBuckets(counts, bucketBytes).map(({ count }) => count);
}
