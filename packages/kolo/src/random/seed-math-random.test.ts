import { afterEach, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { seedMathRandom } from "./seed-math-random.js";
import { sfc32 } from "./sfc32.js";

tf.env().set("IS_TEST", true);
const original = Math.random;
afterEach(() => {
  Math.random = original;
});
const numbers = (random: () => number, count: number) => Array.from({ length: count }, random);

describe("sfc32", () => {
  it("is the published generator", () => {
    // What sfc32(a = 1, b = 0, c = 0, counter = 1) gives after 15 rounds, by its definition in C.
    const words = reference([1, 0, 0, 1], 15, 4);
    const [first, second] = numbers(sfc32(1, 0), 2);
    expect(first).toBe((Math.floor(at(words, 0) / 32) * 2 ** 26 + (at(words, 1) >>> 6)) / 2 ** 53);
    expect(second).toBe((Math.floor(at(words, 2) / 32) * 2 ** 26 + (at(words, 3) >>> 6)) / 2 ** 53);
  });

  it("is even over [0, 1), and has other numbers for another seed or stream", () => {
    const count = 100_000;
    const seen = new Set<number>();
    for (const [seed, stream] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [2 ** 32, 0],
      [Number.MAX_SAFE_INTEGER, 1023],
    ] as const) {
      const drawn = numbers(sfc32(seed, stream), count);
      const bins = new Array<number>(10).fill(0);
      for (const value of drawn)
        bins[Math.floor(value * 10)] = at(bins, Math.floor(value * 10)) + 1;
      // Standard deviation of a bin: 95.
      for (const bin of bins) expect(Math.abs(bin - count / 10)).toBeLessThan(500);
      for (const value of drawn) seen.add(value);
    }
    expect(seen.size).toBe(5 * count);
  });
});

describe("a seeded Math.random", () => {
  const draws = (seed: number, rank: number): number[] => {
    const restore = seedMathRandom(seed, rank);
    const layer = tf.layers.dense({ units: 3, inputShape: [4] });
    tf.sequential({ layers: [layer] });
    const order = [1, 2, 3, 4, 5, 6, 7, 8];
    tf.util.shuffle(order);
    const values = [
      ...(layer.getWeights()[0]?.dataSync() ?? []),
      ...tf.dropout(tf.ones([8]), 0.5).dataSync(),
      ...tf.truncatedNormal([3]).dataSync(),
      ...tf.multinomial([0.5, 0.5], 8).dataSync(),
      ...order,
    ];
    restore();
    return values;
  };

  it("repeats what tfjs draws, and differs by seed and by rank", async () => {
    await tf.setBackend("cpu");
    expect(draws(7, 0)).toEqual(draws(7, 0));
    expect(draws(8, 0)).not.toEqual(draws(7, 0));
    expect(draws(7, 1)).not.toEqual(draws(7, 0));
  });

  it("is gone at the end, except where it has been replaced since", () => {
    seedMathRandom(1, 0)();
    expect(Math.random).toBe(original);
    const restore = seedMathRandom(1, 0);
    const theirs = () => 0.5;
    Math.random = theirs;
    restore();
    expect(Math.random).toBe(theirs);
  });
});

/** sfc32 with 64-bit arithmetic, word for word from PractRand. */
function reference(state: readonly number[], skip: number, count: number): number[] {
  let [a = 0n, b = 0n, c = 0n, counter = 0n] = state.map(BigInt);
  const mask = 0xffffffffn;
  return Array.from({ length: skip + count }, () => {
    const word = (a + b + counter++) & mask;
    a = b ^ (b >> 9n);
    b = (c + (c << 3n)) & mask;
    c = ((((c << 21n) | (c >> 11n)) & mask) + word) & mask;
    return Number(word);
  }).slice(skip);
}

function at(values: readonly number[], index: number): number {
  return values[index] ?? NaN;
}
