import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { decodeHalves, encodeHalves, floatBitsOf, halfOf, halvesWords } from "./float16.js";

const floats = new Float32Array(1);
const ints = new Int32Array(floats.buffer);

function bitsOf(value: number): number {
  floats[0] = value;
  return ints[0] ?? 0;
}

/** Slowly, by arithmetic. */
function numberOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(half >> 10) & 0x1f, half & 0x3ff];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0
    ? sign * fraction * 2 ** -24
    : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const isNaNHalf = (half: number): boolean => (half & 0x7fff) > 0x7c00;
const allHalves = Array.from({ length: 0x10000 }, (_, half) => half);

describe("float16", () => {
  it("gives every half back, and makes of it the float that it is", () => {
    const wrong = allHalves.filter((half) => {
      const bits = floatBitsOf(half);
      if (halfOf(bits) !== half) return true;
      return !isNaNHalf(half) && bits !== bitsOf(numberOf(half));
    });
    expect(wrong).toEqual([]);
  });

  it("rounds to the nearest, and what lies between two to the even one", () => {
    const wrong = allHalves.filter((half) => {
      const magnitude = half & 0x7fff;
      if (magnitude >= 0x7bff) return false;
      const [here, next] = [numberOf(half), numberOf(half + 1)];
      // Exact in float32: a half has 13 bits fewer.
      const middle = bitsOf((here + next) / 2);
      const even = half & 1 ? half + 1 : half;
      return (
        halfOf(middle) !== even || halfOf(middle - 1) !== half || halfOf(middle + 1) !== half + 1
      );
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    ["the largest half", 65504, 0x7bff],
    ["what would round to 65536", 65520, 0x7bff],
    ["the largest float", 3.4028234663852886e38, 0x7bff],
    ["the most negative float", -3.4028234663852886e38, 0xfbff],
    ["infinity", Infinity, 0x7c00],
    ["minus infinity", -Infinity, 0xfc00],
    ["minus zero", -0, 0x8000],
    ["half of the smallest subnormal", 2 ** -25, 0],
    ["a little more than that", 2 ** -25 * (1 + 2 ** -23), 1],
    ["the smallest float", -(2 ** -149), 0x8000],
  ])("clamps what is finite, keeps infinities and signs: %s", (_, value, half) => {
    expect(halfOf(bitsOf(value))).toBe(half);
  });

  it("keeps NaN a NaN, whatever its bits", () => {
    for (const bits of [0x7f800001, 0x7fc00000, 0xff800001 | 0, -1]) {
      expect(isNaNHalf(halfOf(bits))).toBe(true);
    }
  });

  it("packs arrays of any length, two in a word", () => {
    fc.assert(
      fc.property(fc.float32Array({ maxLength: 33 }), (values) => {
        const words = new Int32Array(halvesWords(values.length)).fill(-1);
        encodeHalves(values, words);
        if (values.length & 1) expect((words.at(-1) ?? 0) >>> 16).toBe(0);
        const decoded = new Float32Array(values.length);
        decodeHalves(words, decoded);
        const expected = Array.from(values, (value) => numberOf(halfOf(bitsOf(value))));
        expect([...decoded]).toEqual(expected);
      }),
    );
  });

  it("refuses too few words", () => {
    expect(() => {
      encodeHalves(new Float32Array(3), new Int32Array(1));
    }).toThrow(RangeError);
    expect(() => {
      decodeHalves(new Int32Array(1), new Float32Array(3));
    }).toThrow(RangeError);
  });
});
