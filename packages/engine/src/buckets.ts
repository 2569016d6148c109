/**
 * Buckets: many small tensors laid one after the other into few flat buffers, so that the ring pays
 * its latency per bucket instead of per tensor, and bucket i travels while bucket i + 1 is packed.
 *
 * Greedy and in order, so that ranks with equal counts get equal buckets without a word.
 */
import { elementBytes, KoloError } from "@kolo/core";

export interface BucketEntry {
  /** Which of the counts. */
  readonly index: number;
  /** Where it begins in its bucket, in elements. */
  readonly offset: number;
  /** Elements; may be 0. */
  readonly count: number;
}

export interface Bucket {
  readonly entries: readonly BucketEntry[];
  /** Elements of all entries. */
  readonly count: number;
}

/**
 * Fills each bucket up to `bucketBytes`; what is larger than that gets a bucket of its own. No
 * counts, no buckets. Throws `argument_invalid`.
 */
export function planBuckets(counts: readonly number[], bucketBytes: number): Bucket[] {
  if (!Number.isInteger(bucketBytes) || bucketBytes < 1) {
    throw new KoloError(
      "argument_invalid",
      `expected bucketBytes to be a positive integer, got ${bucketBytes}`,
    );
  }
  const buckets: { entries: BucketEntry[]; count: number }[] = [];
  for (const [index, count] of counts.entries()) {
    let bucket = buckets.at(-1);
    if (bucket === undefined || (bucket.count + count) * elementBytes > bucketBytes) {
      bucket = { entries: [], count: 0 };
      buckets.push(bucket);
    }
    bucket.entries.push({ index, offset: bucket.count, count });
    bucket.count += count;
  }
  return buckets;
}
