import { describe, expect, it } from "@jest/globals";
import { finish } from "@kolo/core";
import * as fc from "fast-check";
import { type SparseValues } from "../compression.js";
import { floatBitsOf, halfOf } from "../numbers/float16.js";
import { decodeSparse, encodeSparse, type SparseContent } from "./sparse-codec.js";
import { encodedWords, type SparseLayout, sparseLayout } from "./sparse-layout.js";

const forms: readonly SparseValues[] = ["float32", "float16"];

function contentOf(indices: readonly number[], values: readonly number[]): SparseContent {
  return { indices: Int32Array.from(indices), picked: Float32Array.from(values) };
}

function scratchFor({ k }: SparseLayout): SparseContent {
  return { indices: new Int32Array(k), picked: new Float32Array(k) };
}

function encode(layout: SparseLayout, content: SparseContent): Int32Array {
  // What lies there before must not matter.
  const words = new Int32Array(layout.words).fill(0x5a5a5a5a);
  finish(encodeSparse(layout, content, words));
  return words;
}

/** As in a message: through half precision or not. */
function sent(value: number, values: SparseValues): number {
  if (values === "float32") return value;
  const bits = new Int32Array(Float32Array.of(value).buffer);
  return new Float32Array(Int32Array.of(floatBitsOf(halfOf(bits[0] ?? 0))).buffer)[0] ?? 0;
}

/** Every stride-th or so of `count`, by a generator of its own: k of them, ascending. */
function someOf(count: number, k: number): number[] {
  const indices: number[] = [];
  for (let i = 0; i < count && indices.length < k; i++) {
    const [wanted, left] = [k - indices.length, count - i];
    if (((i * 2654435761) % 4093) / 4093 < wanted / left || wanted === left) indices.push(i);
  }
  return indices;
}

/** Into the middle of a larger array: nothing beside the target may change. */
function decodeGuarded(layout: SparseLayout, words: Int32Array): Float32Array {
  const memory = new Float32Array(layout.count + 64).fill(7);
  const target = memory.subarray(32, 32 + layout.count).fill(0);
  try {
    finish(decodeSparse(layout, words, scratchFor(layout), target));
  } finally {
    expect(memory.subarray(0, 32).every((value) => value === 7)).toBe(true);
    expect(memory.subarray(32 + layout.count).every((value) => value === 7)).toBe(true);
  }
  return target;
}

const invalid = expect.objectContaining({ code: "message_invalid" });

describe("sparse messages", () => {
  it("give back what was put in, for any count and k", () => {
    const counts = [...Array(70).keys(), 127, 128, 129, 255, 256, 500, 1023, 1024, 1999, 2000];
    for (const count of counts) {
      const ks = new Set([
        ...(count < 70 ? Array(count + 1).keys() : [0, 1, 2, 3, 7, 20, 31, 32, 33, 64]),
        ...[count >> 3, count >> 2, (count >> 2) + 1, count >> 1, count - 1, count],
      ]);
      for (const k of ks) {
        if (k < 0 || k > count) continue;
        const values = forms[count % 2] ?? "float32";
        const layout = sparseLayout(count, k, values);
        for (const indices of [
          someOf(count, k),
          firstOf(k),
          firstOf(k).map((i) => count - k + i),
        ]) {
          const words = encode(
            layout,
            contentOf(
              indices,
              indices.map((i) => i + 1),
            ),
          );
          const expected = new Float32Array(count);
          for (const index of indices) expected[index] = index + 1;
          expect(differenceOf(decodeGuarded(layout, words), expected)).toBe(-1);
        }
      }
    }
  });

  it("carry NaN, infinities, signs and subnormal numbers, and say what rounding left of the rest", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.nat(1999), fc.float()), { selector: ([index]) => index }),
        fc.constantFrom(...forms),
        (pairs, values) => {
          const sorted = pairs.sort(([one], [other]) => one - other);
          const layout = sparseLayout(2000, sorted.length, values);
          const content = contentOf(
            sorted.map(([index]) => index),
            sorted.map(([, value]) => value),
          );
          const words = encode(layout, content);
          const expected = sorted.map(([, value]) => sent(value, values));
          expect([...content.picked]).toEqual(expected);
          const read = scratchFor(layout);
          finish(decodeSparse(layout, words, read, new Float32Array(2000)));
          expect([...read.picked]).toEqual(expected);
          expect(read.indices).toEqual(content.indices);
        },
      ),
    );
  });

  it("are added to what is there", () => {
    const layout = sparseLayout(5, 2, "float32");
    const words = encode(layout, contentOf([1, 4], [10, -2]));
    const target = Float32Array.of(1, 2, 3, 4, 5);
    finish(decodeSparse(layout, words, scratchFor(layout), target));
    expect([...target]).toEqual([1, 12, 3, 4, 3]);
  });

  it.each<[number, number, SparseValues, number]>([
    [0, 0, "float16", 0],
    [100, 0, "float16", 0],
    [1, 1, "float32", 2],
    [1, 1, "float16", 2],
    // A bitmask, and as many values.
    [4096, 2048, "float32", 128 + 2048],
    // 6 low bits each; a vector of k bits and one for each 64 elements.
    [1_000_000, 10_000, "float16", 1875 + 801 + 5000],
    [1_000_000, 1000, "float16", 282 + 93 + 500],
  ])("of %d elements, %d of them as %s take %i words", (count, k, values, words) => {
    expect(encodedWords(count, k, values)).toBe(words);
  });

  it("are never longer than a bitmask with values", () => {
    for (let k = 1; k <= 2000; k++) {
      const { indexWords, form } = sparseLayout(2000, k, "float32");
      expect(indexWords).toBeLessThanOrEqual(63);
      if (k > 500) expect(form).toBe("bitmask");
      if (k < 400) expect(form).toBe("eliasFano");
    }
  });

  it("are refused when they are none, and otherwise are what would be written", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 300 }),
        fc.nat(),
        fc.constantFrom(...forms),
        fc.infiniteStream(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
        (count, some, values, random) => {
          const layout = sparseLayout(count, some % (count + 1), values);
          expectRefusedOrCanonical(layout, Int32Array.from([...random.take(layout.words)]));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it("are refused with bits flipped, or still are what would be written", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.nat(),
        fc.constantFrom(...forms),
        fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
        (count, some, values, flips) => {
          const layout = sparseLayout(count, 1 + (some % count), values);
          const indices = someOf(count, layout.k);
          const words = encode(layout, contentOf(indices, indices));
          for (const flip of flips) {
            const bit = flip % (32 * words.length);
            words[bit >> 5] = (words[bit >> 5] ?? 0) ^ (1 << (bit & 31));
          }
          expectRefusedOrCanonical(layout, words);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each<[string, (words: Int32Array) => void, RegExp]>([
    ["too many bits", (words) => (words[1] = 0b111 | (1 << 31)), /more than 3 indices/],
    ["no bits", (words) => (words[1] = 0), /got 0 indices/],
    ["an index beyond the count", (words) => (words[1] = 0b11 | (1 << 20)), /got index \d+/],
    ["equal indices", (words) => words.fill(0, 0, 1).fill(0b111, 1, 2), /got index 0 after 0/],
    ["bits after the low bits", (words) => (words[0] = 1 << 30), /bits after the low bits/],
    ["bits after the values", (words) => (words[3] = 1 << 16), /bits after the values/],
  ])("are refused for %s", (_, spoil, message) => {
    const layout = sparseLayout(100, 3, "float16");
    expect(layout).toMatchObject({ form: "eliasFano", lowBits: 5, lowWords: 1, indexWords: 2 });
    const words = encode(layout, contentOf([3, 17, 30], [1, 2, 3]));
    spoil(words);
    const target = new Float32Array(100);
    const decode = (): void => {
      finish(decodeSparse(layout, words, scratchFor(layout), target));
    };
    expect(decode).toThrow(invalid);
    expect(decode).toThrow(message);
    expect(target.every((value) => value === 0)).toBe(true);
  });

  it("are refused when they are shorter or longer", () => {
    const layout = sparseLayout(48, 3, "float16");
    for (const words of [layout.words - 1, layout.words + 1]) {
      expect(() => decodeGuarded(layout, new Int32Array(words))).toThrow(invalid);
    }
  });

  it("are not made of more elements than there are", () => {
    expect(() => sparseLayout(3, 4, "float16")).toThrow(RangeError);
  });
});

function firstOf(k: number): number[] {
  return Array.from({ length: k }, (_, i) => i);
}

function expectRefusedOrCanonical(layout: SparseLayout, words: Int32Array): void {
  const scratch = scratchFor(layout);
  try {
    decodeGuarded(layout, words);
    finish(decodeSparse(layout, words, scratch, new Float32Array(layout.count)));
  } catch (error) {
    expect(error).toEqual(invalid);
    return;
  }
  expect(differenceOf(encode(layout, scratch), words)).toBe(-1);
}

/** Where the first is: jest takes long to compare arrays. */
function differenceOf(one: ArrayLike<number>, other: ArrayLike<number>): number {
  for (let i = 0; i < Math.max(one.length, other.length); i++) if (one[i] !== other[i]) return i;
  return -1;
}
