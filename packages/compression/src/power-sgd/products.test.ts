import { describe, expect, it } from "@jest/globals";
import { finish } from "@kolo/core";
import { memoryFor } from "../testing/members.js";
import { addProduct, multiply, multiplyTransposed, type Shape } from "./products.js";

/** Small integers, whose products are exact in float32. */
const integers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => ((i * 7 + seed) % 11) - 5);

function product(
  rank: number,
  { rows, columns }: Shape,
  term: (vector: number, row: number, column: number) => void,
): void {
  for (let vector = 0; vector < rank; vector++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) term(vector, row, column);
    }
  }
}

describe.each([
  [1, 1, 1],
  [4, 3, 2],
  [5, 1, 1],
  [7, 9, 3],
  [12, 5, 2],
  // More than a tile.
  [9, 1030, 64],
])("products of %i x %i with %i vectors", (rows, columns, rank) => {
  const shape = { rows, columns };
  const matrix = integers(rows * columns, 1);
  /** In memory of kernels. */
  const placed = (vectors: { readonly left: Float32Array; readonly right: Float32Array }) => {
    const count = matrix.length + rank * (rows + columns);
    const { memory, values } = memoryFor({ state: 0, exchange: 0 }, count);
    const [end, rightEnd] = [matrix.length, matrix.length + rank * columns];
    const right = values.subarray(end, rightEnd);
    const left = values.subarray(rightEnd);
    values.set(matrix);
    left.set(vectors.left);
    right.set(vectors.right);
    return { kernels: memory.kernels, matrix: values.subarray(0, end), shape, left, right };
  };
  const at = (row: number, column: number): number => matrix[row * columns + column] ?? NaN;

  it("multiplies by vectors as long as a row", () => {
    const right = integers(rank * columns, 2);
    const expected = new Float32Array(rank * rows);
    product(rank, shape, (vector, row, column) => {
      const i = vector * rows + row;
      expected[i] = (expected[i] ?? 0) + at(row, column) * (right[vector * columns + column] ?? 0);
    });
    const all = placed({ left: new Float32Array(rank * rows).fill(NaN), right });
    finish(multiply(all.kernels, all));
    expect(all.left).toEqual(expected);
  });

  it("multiplies its transpose by vectors as long as a column", () => {
    const left = integers(rank * rows, 3);
    const expected = new Float32Array(rank * columns);
    product(rank, shape, (vector, row, column) => {
      const i = vector * columns + column;
      expected[i] = (expected[i] ?? 0) + at(row, column) * (left[vector * rows + row] ?? 0);
    });
    const all = placed({ left, right: new Float32Array(rank * columns).fill(NaN) });
    finish(multiplyTransposed(all.kernels, all));
    expect(all.right).toEqual(expected);
  });

  it.each([1, -1] as const)("adds a product of vectors, with sign %i", (sign) => {
    const left = integers(rank * rows, 4);
    const right = integers(rank * columns, 5);
    const expected = matrix.slice();
    product(rank, shape, (vector, row, column) => {
      const term = (left[vector * rows + row] ?? 0) * (right[vector * columns + column] ?? 0);
      expected[row * columns + column] = (expected[row * columns + column] ?? 0) + sign * term;
    });
    const all = placed({ left, right });
    finish(addProduct(all.kernels, all, sign));
    expect(all.matrix).toEqual(expected);
  });
});
