import { type Operation } from "@kolo/collectives";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { planRing, segmentBytes } from "./planning.js";

const allReduceOf = (count: number): Operation => ({
  kind: "allReduce",
  name: "gradients",
  dtype: "float32",
  shape: [count],
  op: "sum",
  prescale: 1,
  postscale: 1,
});

describe("the plan over links", () => {
  it.each([
    [1024, 2, 64 * 1024],
    [2 ** 20, 2, 128 * 1024],
    [900 * 1024, 4, 64 * 1024],
    [25 * 2 ** 20, 4, 1024 * 1024],
    [100 * 2 ** 20, 2, 1024 * 1024],
  ])("cuts %i bytes among %i ranks into segments of %i", (bytes, size, expected) => {
    const plan = planRing(allReduceOf(bytes / 4), { rank: 0, size });
    expect(plan.segmentElements * 4).toBe(expected);
  });

  it("takes the segments it is told to, and has another hash then", () => {
    const operation = allReduceOf(2 ** 20);
    const chosen = planRing(operation, { rank: 0, size: 2 });
    const told = planRing(operation, { rank: 0, size: 2 }, 4096);
    expect(told.segmentElements).toBe(1024);
    expect(told.hash).not.toBe(chosen.hash);
  });

  it("has few hops where little is reduced, and few bytes where much is", () => {
    const algorithms = [4 * 1024, 100 * 2 ** 20].map(
      (bytes) => planRing(allReduceOf(bytes / 4), { rank: 1, size: 4 }).algorithm,
    );
    expect(algorithms).toEqual(["doubling-all-reduce", "ring-all-reduce"]);
  });

  it("is the same on every rank, whatever their shares are, and fits the links", () => {
    const count = fc.nat(2 ** 20);
    const ragged = fc.integer({ min: 1, max: 5 }).chain((size) =>
      fc.record({
        counts: fc.array(count, { minLength: size, maxLength: size }),
        splits: fc.array(fc.array(count, { minLength: size, maxLength: size }), {
          minLength: size,
          maxLength: size,
        }),
      }),
    );
    fc.assert(
      fc.property(ragged, ({ counts, splits }) => {
        const size = counts.length;
        const operations: Operation[] = [
          { kind: "allGather", name: "a", dtype: "float32", counts, rowShape: [] },
          { kind: "allToAll", name: "b", dtype: "float32", splits, rowShape: [] },
          { kind: "barrier", name: "c" },
          allReduceOf(counts[0] ?? 0),
        ];
        for (const operation of operations) {
          const plans = counts.map((_, rank) => planRing(operation, { rank, size }));
          expect(new Set(plans.map(({ hash }) => hash)).size).toBe(1);
          for (const { segmentElements } of plans) {
            expect(segmentElements * 4).toBeLessThanOrEqual(segmentBytes);
          }
        }
      }),
    );
  });
});
