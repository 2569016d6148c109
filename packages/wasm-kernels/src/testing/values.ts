/**
 * Inputs for kernels. Mostly small integers, since sums and products of those are exact in float32
 * in any order: results must then be equal, not close, and one value in the wrong place shows.
 */
import * as fc from "fast-check";
import type { Values } from "./run-kernel-on.js";

/** Integers from -8 to 8. */
export function integers(
  shape: readonly number[],
  seed: number,
  dtype: Values["dtype"] = "float32",
): Values {
  const next = generator(seed);
  const values = Array.from({ length: sizeOf(shape) }, () => Math.floor(next() * 17) - 8);
  return { shape, dtype, values };
}

/** As `integers`, all below zero. */
export function negatives(shape: readonly number[], seed: number): Values {
  const { values, ...rest } = integers(shape, seed);
  return { ...rest, values: values.map((value) => value - 9) };
}

/** As `integers`, with NaN and infinities here and there. */
export function withSpecials(shape: readonly number[], seed: number): Values {
  const { values, ...rest } = integers(shape, seed);
  const special = new Map([
    [-8, NaN],
    [-7, -Infinity],
    [8, Infinity],
  ]);
  return { ...rest, values: values.map((value) => special.get(value) ?? value) };
}

/** As `integers`; for booleans zeros and ones. */
export function anyType(shape: readonly number[], seed: number, dtype: Values["dtype"]): Values {
  const { values } = integers(shape, seed);
  return { shape, dtype, values: dtype === "bool" ? values.map((v) => Number(v > 0)) : values };
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Numbers of channels around the widths of a register and of a tile. */
export const channelCounts = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17);

/** Shapes of up to six axes, empty ones among them, some with axes longer than any block or run. */
export const shapes = fc
  .array(fc.oneof({ weight: 6, arbitrary: fc.nat(5) }, fc.constantFrom(15, 17, 36, 150)), {
    maxLength: 6,
  })
  .filter((shape) => sizeOf(shape) < 10_000);

export const dtypes = fc.constantFrom<Values["dtype"]>("float32", "int32", "bool");

/** Batch sizes: none, one, odd and even ones. */
export const batchSizes = fc.constantFrom(0, 1, 2, 3, 4);

export const seeds = fc.nat(2 ** 31 - 1);

/** Numbers from 0 to 1, the same for a seed in every run (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
