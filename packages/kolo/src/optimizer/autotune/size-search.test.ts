import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type ExchangeSizes } from "../gradient-buckets.js";
import { type Choices } from "./candidates.js";
import { SizeSearch } from "./size-search.js";

const MiB = 2 ** 20;
const choices: Choices = {
  now: { bucketBytes: 25 * MiB, segmentBytes: undefined },
  isBucketFixed: false,
  isSegmentFixed: false,
  counts: Array<number>(30).fill(2 ** 18),
  size: 4,
};

/** Searches with all ranks until they are done. `timeOf` says what a step costs on a rank. */
function search(
  timeOf: (sizes: ExchangeSizes, step: number, rank: number) => number,
  given: Choices = choices,
  ranks = 1,
): SizeSearch[] {
  const searches = Array.from({ length: ranks }, () => new SizeSearch(given));
  const [first] = searches;
  for (let step = 0; first?.isDone === false; step++) {
    if (step === 1000) throw new Error("expected the search to end");
    for (const [rank, one] of searches.entries()) one.record(timeOf(one.sizes, step, rank));
    const medians = searches.map((one) => one.medians);
    const slowest = medians[0]?.map((_, i) =>
      Math.max(...medians.map((times) => times?.[i] ?? Infinity)),
    );
    if (slowest !== undefined) for (const one of searches) one.agree(slowest);
  }
  return searches;
}

describe("the search for sizes", () => {
  it("finds the best bucket, then the best segment for it, and says what they won", () => {
    const cost = ({ bucketBytes, segmentBytes = MiB }: ExchangeSizes): number =>
      10 + Math.abs(Math.log2(bucketBytes / (4 * MiB))) + Math.log2(segmentBytes / 2 ** 16) / 2;
    const [found] = search(cost);
    expect(found?.sizes).toEqual({ bucketBytes: 4 * MiB, segmentBytes: 64 * 1024 });
    expect(found?.milliseconds.after).toBe(10);
    expect(found?.milliseconds.before).toBeCloseTo(14.64, 1);
    // Warming up, then five steps for each of five buckets and three segments.
    expect(found?.steps).toBe(10 + 5 * 8);
  });

  it("keeps what is done now unless another is clearly faster", () => {
    const [found] = search(({ bucketBytes }) => (bucketBytes === 8 * MiB ? 9.6 : 10));
    expect(found?.sizes).toEqual(choices.now);
    expect(found?.milliseconds).toEqual({ before: 10, after: 10 });
  });

  it("counts neither the first steps, nor the first turn, nor what lasts for a turn", () => {
    const [found] = search(({ bucketBytes }, step) => {
      // Five buckets take turns, of which the fourth is disturbed.
      if (step < 15 || (step >= 25 && step < 30)) return 1000;
      return bucketBytes === 2 * MiB ? 5 : 10;
    });
    expect(found?.sizes.bucketBytes).toBe(2 * MiB);
    expect(found?.milliseconds).toEqual({ before: 10, after: 5 });
  });

  it("ends alike on all ranks, whatever each of them has measured", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }), (times) => {
        let next = 0;
        const found = search(() => times[next++ % times.length] ?? 1, choices, 3);
        expect(new Set(found.map(({ sizes }) => JSON.stringify(sizes))).size).toBe(1);
      }),
    );
  });

  it("is done at once where there is no choice", () => {
    const fixed = { ...choices, isBucketFixed: true, isSegmentFixed: true };
    expect(new SizeSearch(fixed).isDone).toBe(true);
  });

  it("leaves alone what is fixed", () => {
    const cost = ({ segmentBytes = MiB }: ExchangeSizes): number => segmentBytes;
    const [bucketFixed] = search(cost, { ...choices, isBucketFixed: true });
    expect(bucketFixed?.sizes).toEqual({ bucketBytes: 25 * MiB, segmentBytes: 64 * 1024 });
    const [segmentFixed] = search(({ bucketBytes }) => bucketBytes, {
      ...choices,
      isSegmentFixed: true,
    });
    expect(segmentFixed?.sizes).toEqual({ bucketBytes: MiB, segmentBytes: undefined });
  });
});
