import { describe, expect, it } from "@jest/globals";
import { epochRandom, permutation } from "./permutation.js";

const shuffled = (seed: number, epoch: number, length = 50) => [
  ...permutation(length, epochRandom(seed, epoch)),
];

describe("the seeded permutation", () => {
  it("contains every index once", () => {
    for (const length of [0, 1, 2, 50]) {
      expect(shuffled(3, 0, length).sort((a, b) => a - b)).toEqual(
        Array.from({ length }, (_, i) => i),
      );
    }
  });

  it("is fixed by seed and epoch, and differs for another of either", () => {
    expect(shuffled(7, 2)).toEqual(shuffled(7, 2));
    expect(shuffled(7, 2)).not.toEqual(shuffled(7, 3));
    expect(shuffled(7, 2)).not.toEqual(shuffled(8, 2));
    // Neither seed 0 nor epoch 0 may mean "by the clock".
    expect(shuffled(0, 0)).toEqual(shuffled(0, 0));
  });

  it("makes all orders about equally likely", () => {
    const counts = new Map<string, number>();
    for (let epoch = 0; epoch < 6000; epoch++) {
      const order = shuffled(1, epoch, 3).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // 1000 each, standard deviation 29; seeded, so it never flickers.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
  });
});
