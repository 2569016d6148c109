/** Seeded shuffles: the same on every rank, and not dependent on how many there are. */
import seedrandom from "seedrandom";

/** Numbers in [0, 1), the same for the same seed and epoch. */
export function epochRandom(seed: number, epoch: number): () => number {
  return seedrandom.alea(`kolo:${seed}:${epoch}`);
}

/** 0 … length - 1 in random order, each order equally likely (Fisher and Yates). */
export function permutation(length: number, random: () => number): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const other = order[j] ?? 0;
    order[j] = order[i] ?? 0;
    order[i] = other;
  }
  return order;
}
