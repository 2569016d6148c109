import { expect } from "@jest/globals";
import type { Values } from "./run-kernel-on.js";

/**
 * `dx` is the gradient of a linear function at `dy`, of which `y` is the value at `x`: the weighted
 * sum Σ dy·y is the same as Σ dx·x. For random x and dy this leaves no room for another gradient.
 */
export function expectAdjoint(x: Values, y: Values, dy: Values, dx: Values): void {
  expect(dx).toEqual({ ...dx, shape: x.shape, dtype: "float32" });
  const expected = dot(dy, y);
  const magnitude = dot(absolute(dy), absolute(y)) + 1;
  expect(Math.abs(dot(dx, x) - expected) / magnitude).toBeLessThan(1e-5);
}

function dot(a: Values, b: Values): number {
  expect(a.values.length).toBe(b.values.length);
  return a.values.reduce((sum, value, i) => sum + value * (b.values[i] ?? NaN), 0);
}

function absolute(x: Values): Values {
  return { ...x, values: x.values.map(Math.abs) };
}
