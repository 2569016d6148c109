/**
 * tfjs draws all its random numbers in JavaScript, on every backend, and where no seed is given, from
 * `Math.random`: initial weights, dropout and noise, the order in `fit`. So a seeded `Math.random` is
 * what makes a program repeatable that says nothing of seeds.
 *
 * Each rank has a stream of its own, since dropout and augmentation should differ between ranks;
 * initial weights come from rank 0 anyway.
 */
import { sfc32 } from "./sfc32.js";

/** Replaces `Math.random`, and returns what puts it back unless somebody else has replaced it since. */
export function seedMathRandom(seed: number, rank: number): () => void {
  const original = Math.random;
  const seeded = sfc32(seed, rank);
  Math.random = seeded;
  return () => {
    if (Math.random === seeded) Math.random = original;
  };
}
