/**
 * Where PowerSGD begins to look: numbers between -1 and 1 that are the same on every member and in
 * every run, from xorshift (Marsaglia 2003) with a seed.
 */

/** Odd numbers without pattern, so that seeds that differ little start far from each other. */
const spread = [0x9e3779b1, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f] as const;
const warmUpSteps = 8;

/** Fills a vector by up to four integers that say which it is. */
export function fillRandomly(vector: Float32Array, which: readonly number[]): void {
  let bits = which.reduce((seed, value, i) => seed ^ Math.imul(value + 1, spread[i & 3] ?? 1), 1);
  // Zero would stay zero.
  if (bits === 0) bits = 1;
  for (let i = -warmUpSteps; i < vector.length; i++) {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    if (i >= 0) vector[i] = bits / 2 ** 31;
  }
}
