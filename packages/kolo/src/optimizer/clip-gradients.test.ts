import { describe, expect, it } from "@jest/globals";
import { clipGradients } from "./clip-gradients.js";

function gradient(values: readonly number[], clipNorm: number | undefined) {
  return { input: Float32Array.from(values), clipNorm };
}

describe("clipGradients", () => {
  it("clips all gradients with a limit together, to the limit over the root of the size", () => {
    const gradients = [gradient([3], 2), gradient([0, 4], 2), gradient([100], undefined)];
    clipGradients(gradients, { scale: 1, size: 4 });
    expect(gradients.map(({ input }) => [...input])).toEqual([
      [Math.fround(0.6)],
      [0, Math.fround(0.8)],
      [100],
    ]);
  });

  it("leaves shorter ones, and those that are not finite", () => {
    const gradients = [gradient([3, 4], 5), gradient([NaN, 9], 1)];
    clipGradients(gradients, { scale: 1, size: 1 });
    expect(gradients.map(({ input }) => [...input])).toEqual([
      [3, 4],
      [NaN, 9],
    ]);
  });

  it("knows what is a multiple of a gradient", () => {
    const gradients = [gradient([30, 40], 5)];
    clipGradients(gradients, { scale: 10, size: 1 });
    expect([...(gradients[0]?.input ?? [])]).toEqual([30, 40]);
  });
});
