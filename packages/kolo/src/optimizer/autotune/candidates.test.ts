import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { bucketCandidates, type Choices, segmentCandidates } from "./candidates.js";

const MiB = 2 ** 20;
const choices = (counts: readonly number[], more: Partial<Choices> = {}): Choices => ({
  now: { bucketBytes: 25 * MiB, segmentBytes: undefined },
  isBucketFixed: false,
  isSegmentFixed: false,
  size: 4,
  ...more,
  counts,
});
const buckets = (given: Choices): number[] =>
  bucketCandidates(given).map(({ bucketBytes }) => bucketBytes);
const segments = (given: Choices): (number | undefined)[] =>
  segmentCandidates(given).map(({ segmentBytes }) => segmentBytes);

/** Gradients of 1 MiB. */
const many = (count: number): number[] => Array<number>(count).fill(2 ** 18);

describe("candidates", () => {
  it("are buckets of other shapes, the present one first", () => {
    expect(buckets(choices(many(30)))).toEqual([25, 8, 4, 2, 1].map((size) => size * MiB));
    expect(buckets(choices(many(6)))).toEqual([25, 4, 2, 1].map((size) => size * MiB));
    expect(buckets(choices([100]))).toEqual([25 * MiB]);
    expect(buckets(choices([]))).toEqual([25 * MiB]);
  });

  it("have no crowd of buckets", () => {
    expect(buckets(choices(many(200)))).toEqual([25, 8, 4].map((size) => size * MiB));
  });

  it("are segments that cut a chunk otherwise than it is cut now", () => {
    // Of 6 MiB among 4 ranks: 1.5 MiB each, cut into segments of 256 KiB by itself.
    expect(segments(choices(many(6)))).toEqual([undefined, 64 * 1024, MiB]);
    // One segment holds all of it.
    expect(segments(choices([4 * 1024]))).toEqual([undefined]);
  });

  it("leave alone what is fixed", () => {
    const fixed = { isBucketFixed: true, isSegmentFixed: true };
    expect(buckets(choices(many(30), fixed))).toEqual([25 * MiB]);
    expect(segments(choices(many(30), fixed))).toEqual([undefined]);
  });

  it("are never larger than now, so that they fit into the arena as it does", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(2 ** 22), { maxLength: 20 }),
        fc.integer({ min: 4, max: 64 * MiB }),
        (counts, bucketBytes) => {
          const now = { bucketBytes, segmentBytes: undefined };
          for (const one of buckets(choices(counts, { now }))) {
            expect(one).toBeLessThanOrEqual(bucketBytes);
          }
        },
      ),
    );
  });
});
