import { describe, expect, it } from "@jest/globals";
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
])("products of %i x %i with %i vectors", (rows, columns, rank) => {
  const shape = { rows, columns };
  const matrix = integers(rows * columns, 1);
  const at = (row: number, column: number): number => matrix[row * columns + column] ?? NaN;

  it("multiplies by vectors as long as a row", () => {
    const right = integers(rank * columns, 2);
    const expected = new Float32Array(rank * rows);
    product(rank, shape, (vector, row, column) => {
      const i = vector * rows + row;
      expected[i] = (expected[i] ?? 0) + at(row, column) * (right[vector * columns + column] ?? 0);
    });
    const left = new Float32Array(rank * rows).fill(NaN);
    multiply(matrix, shape, right, left);
    expect(left).toEqual(expected);
  });

  it("multiplies its transpose by vectors as long as a column", () => {
    const left = integers(rank * rows, 3);
    const expected = new Float32Array(rank * columns);
    product(rank, shape, (vector, row, column) => {
      const i = vector * columns + column;
      expected[i] = (expected[i] ?? 0) + at(row, column) * (left[vector * rows + row] ?? 0);
    });
    const right = new Float32Array(rank * columns).fill(NaN);
    multiplyTransposed(matrix, shape, left, right);
    expect(right).toEqual(expected);
  });

  it.each([1, -1] as const)("adds a product of vectors, with sign %i", (sign) => {
    const left = integers(rank * rows, 4);
    const right = integers(rank * columns, 5);
    const expected = matrix.slice();
    product(rank, shape, (vector, row, column) => {
      const term = (left[vector * rows + row] ?? 0) * (right[vector * columns + column] ?? 0);
      expected[row * columns + column] = (expected[row * columns + column] ?? 0) + sign * term;
    });
    const sum = matrix.slice();
    addProduct(sum, shape, left, right, sign);
    expect(sum).toEqual(expected);
  });
});
