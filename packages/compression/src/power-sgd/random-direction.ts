/**
 * Where PowerSGD begins to look: numbers between -1 and 1 that are the same on every member and in
 * every run, from xorshift (Marsaglia 2003) with a seed.
 */

import { inParts, type Work } from "@kolo/core";

/** Odd numbers without pattern, so that seeds that differ little start far from each other. */
const spread = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f] as const;
const warmUpSteps = 8;

/** Fills a vector by up to four integers that say which it is. */
export function* fillRandomly(vector: Float32Array, which: readonly number[]): Work {
  let bits = which.reduce((seed, value, i) => seed ^ Math.imul(value + 1, spread[i & 3] ?? 1), 1);
  // Zero would stay zero.
  if (bits === 0) bits = 1;
  for (let i = 0; i < warmUpSteps; i++) bits = nextOf(bits);
  const fillPart = (start: number, end: number): void => {
    for (let i = start; i < end; i++) {
      bits = nextOf(bits);
      vector[i] = bits / 2 ** 31;
    }
  };
  yield* inParts(vector.length, fillPart, { work: 4 });
}

function nextOf(bits: number): number {
  let next = bits ^ (bits << 13);
  next ^= next >>> 17;
  return next ^ (next << 5);
}
