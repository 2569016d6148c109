/**
 * Products of a matrix with thin ones as loops, which round as the SIMD kernels do, after every product
 * and every sum, and take sums in their order (assembly/products.ts): the same bits, slowly.
 */
import { type Kernels, type Tile } from "./kernels.js";
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernels: lengths follow from the tile */

const { fround } = Math;

export function plainProducts(
  memory: Float32Array,
): Pick<Kernels, "multiply" | "multiplyTransposed" | "addProduct"> {
  return {
    multiply(tile) {
      eachRowAndVector(tile, 1, (row, right, left) => {
        memory[left] = memory[left]! + dot(memory, row, right, tile.columns);
      });
    },
    multiplyTransposed(tile) {
      const { stride, columns } = tile;
      eachRowAndVector(tile, 4, (first, right, left, rows) => {
        for (let i = 0; i < columns; i++) {
          let sum = fround(memory[first + i]! * memory[left]!);
          for (let row = 1; row < rows; row++) {
            const product = fround(memory[first + row * stride + i]! * memory[left + row]!);
            sum = fround(sum + product);
          }
          memory[right + i] = memory[right + i]! + sum;
        }
      });
    },
    addProduct(tile, sign) {
      eachRowAndVector(tile, 1, (row, right, left) => {
        const factor = sign * memory[left]!;
        for (let i = 0; i < tile.columns; i++) {
          memory[row + i] = memory[row + i]! + fround(factor * memory[right + i]!);
        }
      });
    },
  };
}

/** Visits rows, or so many at a time while there are as many, with each vector; by their elements. */
function eachRowAndVector(
  tile: Tile,
  together: number,
  visit: (row: number, right: number, left: number, rows: number) => void,
): void {
  const { stride, rows, leftStride, rightStride, vectors } = tile;
  const [matrix, left, right] = [tile.matrix / 4, tile.left / 4, tile.right / 4];
  for (let row = 0; row < rows;) {
    const some = rows - row >= together ? together : 1;
    for (let vector = 0; vector < vectors; vector++) {
      const [from, to] = [right + vector * rightStride, left + vector * leftStride + row];
      visit(matrix + row * stride, from, to, some);
    }
    row += some;
  }
}

/** Four sums, of every fourth element; then of those after the last four. */
function dot(memory: Float32Array, one: number, other: number, count: number): number {
  const sums = [0, 0, 0, 0];
  const fours = count - (count % 4);
  const product = (i: number): number => fround(memory[one + i]! * memory[other + i]!);
  for (let i = 0; i < fours; i++) sums[i & 3] = fround(sums[i & 3]! + product(i));
  const [first, second, third, fourth] = sums;
  let sum = fround(fround(first! + second!) + fround(third! + fourth!));
  for (let i = fours; i < count; i++) sum = fround(sum + product(i));
  return sum;
}
