/** What PowerSGD does to a square matrix of so many bytes: GB/s of the matrix. */
import { addProduct, multiply, multiplyTransposed } from "@kolo/compression";
import { gradientsLike } from "./gradients-like.js";
import { type MicroCase } from "./micro-case.js";

const rank = 2;

export function productCases(bytes: number): MicroCase[] {
  const columns = 2 ** Math.floor(Math.log2(bytes / 4) / 2);
  const shape = { rows: Math.floor(bytes / 4 / columns), columns };
  const matrix = gradientsLike(shape.rows * columns);
  const left = gradientsLike(rank * shape.rows);
  const right = gradientsLike(rank * columns);
  const [leftOut, rightOut] = [left.slice(), right.slice()];
  return [
    {
      name: `M·Q, rank ${rank}`,
      bytes,
      run: () => {
        multiply(matrix, shape, right, leftOut);
      },
    },
    {
      name: `transposed M·P, rank ${rank}`,
      bytes,
      run: () => {
        multiplyTransposed(matrix, shape, left, rightOut);
      },
    },
    {
      name: `M + P·Q, rank ${rank}`,
      bytes,
      run: () => {
        addProduct(matrix, shape, left, right, 1);
      },
    },
  ];
}
