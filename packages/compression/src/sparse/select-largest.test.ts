import { describe, expect, it } from "@jest/globals";
import { finish } from "@kolo/core";
import * as fc from "fast-check";
import { LargestSelector } from "./select-largest.js";

/** By sorting. */
function largestOf(values: Float32Array, k: number): number[] {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  const magnitude = (index: number): number => (bits[index] ?? 0) & 0x7fffffff;
  return Array.from(values, (_, index) => index)
    .sort((one, other) => magnitude(other) - magnitude(one) || one - other)
    .slice(0, k)
    .sort((one, other) => one - other);
}

function select(values: Float32Array, k: number, selector = new LargestSelector()): number[] {
  const indices = new Int32Array(k + 1).fill(-1);
  finish(selector.select(values, k, indices));
  expect(indices[k]).toBe(-1);
  return [...indices.subarray(0, k)];
}

describe("LargestSelector", () => {
  it("takes the k largest by magnitude, the first of equal ones, in ascending order", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.float32Array({ maxLength: 200 }),
          fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 200 }).map((all) => {
            return Float32Array.from(all);
          }),
        ),
        fc.nat(),
        (values, some) => {
          const k = some % (values.length + 1);
          expect(select(values, k)).toEqual(largestOf(values, k));
        },
      ),
    );
  });

  const count = 40_000;
  it.each<[string, (index: number) => number]>([
    ["what a generator gives", (i) => Math.sin(i * i)],
    ["equal ones", () => -1],
    ["zeros of both signs", (i) => (i % 2 ? 0 : -0)],
    ["ascending ones, which fill every buffer", (i) => i],
    ["descending ones", (i) => -(count - i)],
    ["few that are not zero", (i) => (i % 3001 === 0 ? i : 0)],
    ["large ones that a sample misses", (i) => (i > count - 50 ? 1e30 : 1 / (i + 1))],
    ["large ones that all of a sample are", (i) => (i % 9 === 0 ? 1e30 : 1e-30 * i)],
    ["rows as long as a stride", (i) => (i % 9 < 2 ? (i % 9) + 1 : i / count)],
    ["values that are not finite", (i) => [NaN, Infinity, -Infinity, i][i % 4] ?? 0],
  ])("takes the same of many, by a sample: %s", (_, valueOf) => {
    const values = Float32Array.from({ length: count }, (__, index) => valueOf(index));
    const selector = new LargestSelector();
    for (const k of [1, 40, 4999, 5001, count - 1, count]) {
      const [selected, expected] = [select(values, k, selector), largestOf(values, k)];
      expect(selected.filter((index, i) => index !== expected[i])).toEqual([]);
    }
  });

  it("takes not finite values first: NaN, then infinities", () => {
    expect(select(Float32Array.of(1, Infinity, 5, NaN, -Infinity), 2)).toEqual([1, 3]);
  });

  it("works on a part of memory, shared or not", () => {
    const values = new Float32Array(new SharedArrayBuffer(40), 8, 6).map((_, index) => index);
    expect(select(values.subarray(1, 4), 1)).toEqual([2]);
  });

  it("refuses to take more than there are", () => {
    expect(() => {
      finish(new LargestSelector().select(new Float32Array(2), 3, new Int32Array(3)));
    }).toThrow(/expected k from 0 to 2, got 3/);
  });
});
