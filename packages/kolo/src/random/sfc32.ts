/**
 * A small, fast generator of random numbers with a state of 128 bits.
 *
 * Source: Chris Doty-Humphrey, PractRand, sfc32 ("small fast counter"), with its way of seeding: three
 * words, a counter of 1, and rounds that mix them. Period at least 2^32, on average 2^127.
 */

const mixingRounds = 15;

/**
 * Numbers in [0, 1) with 53 random bits. `seed` is an integer from 0 to 2^53 - 1; streams of one seed
 * are independent of each other.
 */
export function sfc32(seed: number, stream: number): () => number {
  let a = seed | 0;
  let b = Math.floor(seed / 2 ** 32) | 0;
  let c = stream | 0;
  let counter = 1;
  const next = (): number => {
    const word = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + word) | 0;
    return word >>> 0;
  };
  for (let round = 0; round < mixingRounds; round++) next();
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
}
