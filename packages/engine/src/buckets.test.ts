import { describe, expect, it } from "@jest/globals";
import { isKoloError } from "@kolo/core";
import fc from "fast-check";
import { planBuckets } from "./buckets.js";

const counts = fc.array(fc.nat(40), { maxLength: 30 });
const bucketBytes = fc.integer({ min: 1, max: 200 });

describe("planBuckets", () => {
  it("places every tensor once, in order, without gaps", () => {
    fc.assert(
      fc.property(counts, bucketBytes, (sizes, bytes) => {
        const buckets = planBuckets(sizes, bytes);
        const entries = buckets.flatMap((bucket) => bucket.entries);
        expect(entries.map(({ index, count }) => [index, count])).toEqual([...sizes.entries()]);
        for (const bucket of buckets) {
          let end = 0;
          for (const { offset, count } of bucket.entries) {
            expect(offset).toBe(end);
            end += count;
          }
          expect(bucket.count).toBe(end);
        }
      }),
    );
  });

  it("exceeds bucketBytes only with a single tensor that is larger", () => {
    fc.assert(
      fc.property(counts, bucketBytes, (sizes, bytes) => {
        for (const { entries, count } of planBuckets(sizes, bytes)) {
          if (count * 4 > bytes) expect(entries).toHaveLength(1);
        }
      }),
    );
  });

  it("opens a bucket only where the next tensor does not fit", () => {
    fc.assert(
      fc.property(counts, bucketBytes, (sizes, bytes) => {
        const buckets = planBuckets(sizes, bytes);
        for (const [i, bucket] of buckets.slice(1).entries()) {
          const before = buckets[i]?.count ?? 0;
          expect((before + (bucket.entries[0]?.count ?? 0)) * 4).toBeGreaterThan(bytes);
        }
      }),
    );
  });

  it("has no buckets for no tensors, and one for tensors without elements", () => {
    expect(planBuckets([], 100)).toEqual([]);
    expect(planBuckets([0, 0], 1)).toHaveLength(1);
  });

  it("refuses a size that is not a positive integer", () => {
    for (const bytes of [0, -4, 1.5, NaN, Infinity]) {
      try {
        planBuckets([1], bytes);
        throw new Error("expected an error");
      } catch (error) {
        expect(isKoloError(error) && error.code).toBe("argument_invalid");
      }
    }
  });
});
