import { describe, expect, it } from "@jest/globals";
import { finish } from "@kolo/core";
import fc from "fast-check";
import { orthonormalize } from "./orthonormalize.js";
import { fillRandomly } from "./random-direction.js";

const dot = (one: Float32Array, other: Float32Array): number =>
  one.reduce((sum, value, i) => sum + value * (other[i] ?? NaN), 0);

function vectorsOf(all: Float32Array, length: number): Float32Array[] {
  return Array.from({ length: all.length / length }, (_, i) =>
    all.subarray(i * length, (i + 1) * length),
  );
}

function expectOrthonormal(vectors: readonly Float32Array[]): void {
  for (const [i, one] of vectors.entries()) {
    for (const [j, other] of vectors.entries()) {
      expect(Math.abs(dot(one, other) - (i === j ? 1 : 0))).toBeLessThan(1e-6);
    }
  }
}

const anything = fc.float32Array({
  ...{ noNaN: true, noDefaultInfinity: true, minLength: 24, maxLength: 24 },
});

describe("orthonormalize", () => {
  it("leaves unit vectors at right angles, and zeros, whatever is finite", () => {
    fc.assert(
      fc.property(anything, (all) => {
        finish(orthonormalize(all, 8));
        expectOrthonormal(
          vectorsOf(all, 8).filter((vector) => vector.some((value) => value !== 0)),
        );
      }),
    );
  });

  it("refills what brings nothing new", () => {
    fc.assert(
      fc.property(anything, fc.subarray([0, 1, 2]), (all, zeros) => {
        for (const vector of zeros) all.fill(0, vector * 8, (vector + 1) * 8);
        finish(
          orthonormalize(all, 8, (vector, index, attempt) =>
            fillRandomly(vector, [index, attempt]),
          ),
        );
        expectOrthonormal(vectorsOf(all, 8));
      }),
    );
  });

  it("sees dependence through rounding", () => {
    const first = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i));
    const all = new Float32Array(200);
    all.set(first);
    all.set(
      first.map((value) => value / 3),
      100,
    );
    finish(orthonormalize(all, 100));
    expect(all.subarray(100).every((value) => value === 0)).toBe(true);
  });

  it("keeps near vectors at right angles", () => {
    const all = Float32Array.from({ length: 300 }, (_, i) => 1 + 1e-4 * Math.sin(i * i));
    finish(orthonormalize(all, 100));
    expectOrthonormal(vectorsOf(all, 100));
  });

  it.each([2 ** -149, 1e-30, 3e38])("takes lengths of %p as any", (value) => {
    const all = Float32Array.of(value, 0, 0, value, value, 0);
    finish(orthonormalize(all, 3));
    expectOrthonormal(vectorsOf(all, 3));
  });
});

describe("fillRandomly", () => {
  const filled = (which: readonly number[]): Float32Array => {
    const vector = new Float32Array(1000);
    finish(fillRandomly(vector, which));
    return vector;
  };

  it("makes the same numbers for the same place, and others for another", () => {
    expect(filled([3, 1])).toEqual(filled([3, 1]));
    const places = [[0], [1], [0, 1], [1, 0], [0, 0, 1], [4096, 1, 10, 0]].map(filled);
    for (const one of places) {
      expect(Math.abs(dot(one, one) / 1000 - 1 / 3)).toBeLessThan(0.05);
      for (const other of places) {
        if (one !== other) expect(Math.abs(dot(one, other) / 1000)).toBeLessThan(0.05);
      }
    }
  });
});
