/**
 * The products that PowerSGD is made of: a matrix, row after row, with thin ones, which are vectors one
 * after the other (`left`: as long as a column, `right`: as long as a row). All lie in the kernels' memory.
 *
 * What costs is reading the matrix, so it is read once: in tiles of columns that stay, with those of all
 * vectors, in the nearer caches. Sums are taken in float32, and in the order of tiles: the same everywhere.
 */
import { inParts, type Work } from "@kolo/core";
import { type Kernels, type Tile } from "@kolo/kernels";

export interface Shape {
  readonly rows: number;
  readonly columns: number;
}

/** What is multiplied: the arrays are as long as the shape and the number of vectors say. */
export interface Factors {
  readonly matrix: Float32Array;
  readonly shape: Shape;
  readonly left: Float32Array;
  readonly right: Float32Array;
}

/** left = matrix · right */
export function* multiply(kernels: Kernels, factors: Factors): Work {
  yield* clear(factors.left);
  yield* eachTile(factors, (tile) => {
    kernels.multiply(tile);
  });
}

/** right = matrixᵀ · left */
export function* multiplyTransposed(kernels: Kernels, factors: Factors): Work {
  yield* clear(factors.right);
  yield* eachTile(factors, (tile) => {
    kernels.multiplyTransposed(tile);
  });
}

/** matrix += sign · left · rightᵀ */
export function* addProduct(kernels: Kernels, factors: Factors, sign: 1 | -1): Work {
  yield* eachTile(factors, (tile) => {
    kernels.addProduct(tile, sign);
  });
}

const tileColumns = 1024;
/** Elements times vectors of a tile, about: rows go by fours. */
const tileWork = 2 ** 18;
/** A kernel takes less than a pass over an element for a vector. */
const workOfProduct = 0.5;

function* eachTile({ matrix, shape, left, right }: Factors, visit: (tile: Tile) => void): Work {
  const { rows, columns } = shape;
  const vectors = left.length / rows;
  for (let column = 0; column < columns; column += tileColumns) {
    const width = Math.min(tileColumns, columns - column);
    const fours = Math.max(1, Math.floor(tileWork / (4 * width * vectors)));
    const visitRows = (start: number, end: number): void => {
      visit({
        matrix: matrix.byteOffset + 4 * (start * columns + column),
        left: left.byteOffset + 4 * start,
        right: right.byteOffset + 4 * column,
        ...{ rows: end - start, columns: width, vectors },
        ...{ stride: columns, leftStride: rows, rightStride: columns },
      });
    };
    yield* inParts(rows, visitRows, { length: 4 * fours, work: width * vectors * workOfProduct });
  }
}

function* clear(values: Float32Array): Work {
  yield* inParts(values.length, (start, end) => values.fill(0, start, end));
}
