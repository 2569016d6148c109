import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  expectOneStep,
  globalBatch,
  type GlobalBatches,
  positionsOfRank,
  stepCount,
} from "./plan-shard.js";

const anyBatches = (remainder: GlobalBatches["remainder"]) =>
  fc.record({
    size: fc.integer({ min: 1, max: 9 }),
    batchSize: fc.integer({ min: 1, max: 7 }),
    remainder: fc.constant(remainder),
  });
const anyExamples = fc.nat(200);

/** positions[step][rank] */
function table(batches: GlobalBatches, examples: number): number[][][] {
  return Array.from({ length: stepCount(batches, examples) }, (_, step) =>
    Array.from({ length: batches.size }, (_, rank) => [
      ...positionsOfRank(globalBatch(batches, examples, step), rank, batches.size),
    ]),
  );
}
const ascending = (positions: number[]) => [...positions].sort((a, b) => a - b);

describe("the plan of a shard", () => {
  it("makes step t of all ranks the global batch t, with b examples for each rank", () => {
    fc.assert(
      fc.property(anyBatches("drop"), anyExamples, (batches, examples) => {
        const { size, batchSize } = batches;
        const steps = table(batches, examples);
        expect(steps).toHaveLength(Math.floor(examples / (size * batchSize)));
        steps.forEach((ranks, step) => {
          const start = step * size * batchSize;
          expect(ascending(ranks.flat())).toEqual(
            Array.from({ length: size * batchSize }, (_, i) => start + i),
          );
          ranks.forEach((positions, rank) => {
            expect(positions).toHaveLength(batchSize);
            expect(positions.every((position) => position % size === rank)).toBe(true);
          });
        });
      }),
    );
  });

  it("covers every example exactly once when the remainder is kept", () => {
    fc.assert(
      fc.property(anyBatches("keep"), anyExamples, (batches, examples) => {
        const steps = table(batches, examples);
        const covered = ascending(steps.flat(2));
        const all = Array.from({ length: examples }, (_, i) => i);
        expect(covered).toEqual(examples < batches.size ? [] : all);
      }),
    );
  });

  it("gives every rank an example at every step, and ranks differ by one at most", () => {
    fc.assert(
      fc.property(anyBatches("keep"), anyExamples, (batches, examples) => {
        for (const ranks of table(batches, examples)) {
          const lengths = ranks.map((positions) => positions.length);
          expect(Math.min(...lengths)).toBeGreaterThan(0);
          expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
          expect(Math.max(...lengths)).toBeLessThanOrEqual(batches.batchSize + 1);
        }
      }),
    );
  });

  it("is plain batching for one rank", () => {
    expect(table({ size: 1, batchSize: 3, remainder: "keep" }, 7).flat()).toEqual([
      [0, 1, 2],
      [3, 4, 5],
      [6],
    ]);
  });

  it("refuses data too small for one step, and says how much it takes", () => {
    expect(() => {
      expectOneStep({ size: 4, batchSize: 8, remainder: "drop" }, 31);
    }).toThrow(/argument_invalid.*at least 32 examples.*got 31.*keep/);
    expect(() => {
      expectOneStep({ size: 4, batchSize: 8, remainder: "keep" }, 3);
    }).toThrow(/argument_invalid.*at least 4 examples.*got 3/);
    expectOneStep({ size: 4, batchSize: 8, remainder: "keep" }, 4);
  });
});
