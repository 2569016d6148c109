/**
 * The products that PowerSGD is made of: a matrix, row after row, with thin ones, which are vectors one
 * after the other (`left`: as long as a column, `right`: as long as a row).
 *
 * What costs is reading the matrix, so it is read once, four rows at a time: all vectors pass over them
 * while they are in the nearest cache. Sums are taken in doubles, in the same order everywhere.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernels: lengths follow from the shape */

export interface Shape {
  readonly rows: number;
  readonly columns: number;
}

/** left = matrix · right */
export function multiply(
  matrix: Float32Array,
  { rows, columns }: Shape,
  right: Float32Array,
  left: Float32Array,
): void {
  const fours = rows - (rows % 4);
  for (let row = 0; row < fours; row += 4) {
    const [a, b, c, d] = rowsFrom(row, columns);
    for (let to = row, from = 0; from < right.length; to += rows, from += columns) {
      let [sumA, sumB, sumC, sumD] = [0, 0, 0, 0];
      for (let i = 0; i < columns; i++) {
        const factor = right[from + i]!;
        sumA += matrix[a + i]! * factor;
        sumB += matrix[b + i]! * factor;
        sumC += matrix[c + i]! * factor;
        sumD += matrix[d + i]! * factor;
      }
      left[to] = sumA;
      left[to + 1] = sumB;
      left[to + 2] = sumC;
      left[to + 3] = sumD;
    }
  }
  for (let row = fours; row < rows; row++) {
    for (let to = row, from = 0; from < right.length; to += rows, from += columns) {
      let sum = 0;
      for (let i = 0; i < columns; i++) sum += matrix[row * columns + i]! * right[from + i]!;
      left[to] = sum;
    }
  }
}

/** right = matrixᵀ · left */
export function multiplyTransposed(
  matrix: Float32Array,
  { rows, columns }: Shape,
  left: Float32Array,
  right: Float32Array,
): void {
  right.fill(0);
  const fours = rows - (rows % 4);
  for (let row = 0; row < fours; row += 4) {
    const [a, b, c, d] = rowsFrom(row, columns);
    for (let from = row, to = 0; to < right.length; from += rows, to += columns) {
      const factorA = left[from]!;
      const factorB = left[from + 1]!;
      const factorC = left[from + 2]!;
      const factorD = left[from + 3]!;
      for (let i = 0; i < columns; i++) {
        right[to + i]! +=
          matrix[a + i]! * factorA +
          matrix[b + i]! * factorB +
          matrix[c + i]! * factorC +
          matrix[d + i]! * factorD;
      }
    }
  }
  for (let row = fours; row < rows; row++) {
    for (let from = row, to = 0; to < right.length; from += rows, to += columns) {
      const factor = left[from]!;
      for (let i = 0; i < columns; i++) right[to + i]! += matrix[row * columns + i]! * factor;
    }
  }
}

/** matrix += sign · left · rightᵀ */
export function addProduct(
  matrix: Float32Array,
  { rows, columns }: Shape,
  left: Float32Array,
  right: Float32Array,
  sign: 1 | -1,
): void {
  const fours = rows - (rows % 4);
  for (let row = 0; row < fours; row += 4) {
    const [a, b, c, d] = rowsFrom(row, columns);
    for (let from = row, of = 0; of < right.length; from += rows, of += columns) {
      const factorA = sign * left[from]!;
      const factorB = sign * left[from + 1]!;
      const factorC = sign * left[from + 2]!;
      const factorD = sign * left[from + 3]!;
      for (let i = 0; i < columns; i++) {
        const factor = right[of + i]!;
        matrix[a + i]! += factor * factorA;
        matrix[b + i]! += factor * factorB;
        matrix[c + i]! += factor * factorC;
        matrix[d + i]! += factor * factorD;
      }
    }
  }
  for (let row = fours; row < rows; row++) {
    for (let from = row, of = 0; of < right.length; from += rows, of += columns) {
      const factor = sign * left[from]!;
      for (let i = 0; i < columns; i++) matrix[row * columns + i]! += right[of + i]! * factor;
    }
  }
}

/** Where four rows begin. */
function rowsFrom(row: number, columns: number): readonly [number, number, number, number] {
  const first = row * columns;
  return [first, first + columns, first + 2 * columns, first + 3 * columns];
}
