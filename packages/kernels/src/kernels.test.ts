import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { scale } from "./index.js";
import { type Elements, type KernelOp, reduceInto } from "./reduce-into.js";

const ops: readonly KernelOp[] = ["sum", "min", "max", "product"];

/** The obvious way, one element at a time. */
const naive: Record<KernelOp, (a: number, b: number) => number> = {
  sum: (a, b) => a + b,
  product: (a, b) => a * b,
  min: Math.min,
  max: Math.max,
};
const naiveInteger = { ...naive, product: Math.imul };

describe("reduceInto", () => {
  const place = { before: fc.nat(5), after: fc.nat(5) };

  it("equals the naive loop on any float32 values, NaN, infinities and -0 included", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ops),
        fc.array(fc.tuple(fc.float(), fc.float()), { maxLength: 40 }),
        fc.record(place),
        (op, pairs, { before, after }) => {
          const target = new Float32Array(before + pairs.length + after).fill(7);
          const source = new Float32Array(after + pairs.length).fill(9);
          target.set(
            pairs.map(([a]) => a),
            before,
          );
          source.set(
            pairs.map(([, b]) => b),
            after,
          );
          const expected = target.slice();
          pairs.forEach(([a, b], i) => (expected[before + i] = naive[op](a, b)));
          reduceInto(op, target, before, source, after, pairs.length);
          expect(target).toEqual(expected);
        },
      ),
    );
  });

  it("wraps int32 around as two's complement", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ops),
        fc.array(fc.tuple(fc.integer(), fc.integer()), { maxLength: 40 }),
        (op, pairs) => {
          const target = Int32Array.from(pairs, ([a]) => a);
          const source = Int32Array.from(pairs, ([, b]) => b);
          const expected = Int32Array.from(pairs, ([a, b]) => naiveInteger[op](a, b));
          reduceInto(op, target, 0, source, 0, pairs.length);
          expect(target).toEqual(expected);
        },
      ),
    );
  });

  it("refuses arrays of different types", () => {
    expect(() => {
      reduceInto("sum", new Float32Array(1), 0, new Int32Array(1), 0, 1);
    }).toThrow(TypeError);
  });
});

describe("scale", () => {
  const scaled = (values: Elements, factor: number, divisor: number): number[] => {
    scale(values, 0, values.length, { factor, divisor });
    return [...values];
  };

  it("divides rather than multiplies by the reciprocal", () => {
    expect(scaled(Float32Array.of(7 * 49), 1, 49)).toEqual([7]);
    expect(scaled(Float32Array.of(3, 1), 2, 3)).toEqual([2, Math.fround(1 / 3) * 2]);
  });

  it("truncates int32 toward zero and wraps", () => {
    expect(scaled(Int32Array.of(7, -7), 1, 2)).toEqual([3, -3]);
    expect(scaled(Int32Array.of(2 ** 30), 4, 1)).toEqual([0]);
    expect(scaled(Int32Array.of(5, -5), 0.5, 1)).toEqual([2, -2]);
  });

  it("touches nothing outside its range", () => {
    const values = Float32Array.of(1, 2, 3, 4);
    scale(values, 1, 2, { factor: 10, divisor: 1 });
    expect([...values]).toEqual([1, 20, 30, 4]);
  });
});
