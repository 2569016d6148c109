import { transposeFour } from "./copy";
import { COLUMNS } from "./tile";

/**
 * Copies B[k × n] into panels of eight columns, each panel `k` rows of eight values one after the
 * other, the last filled up with zeros: the inner loop then reads B front to back.
 *
 * B is any two-dimensional view: `rowStep` and `columnStep` are in bytes, so a transpose costs
 * nothing extra. `panelBytes` is the distance between panels in the target (32·k where nothing else
 * is packed beside it).
 */
export function pack(
  b: usize,
  rowStep: usize,
  columnStep: usize,
  k: i32,
  n: i32,
  target: usize,
  panelBytes: usize,
): void {
  for (let column = 0; column < n; column += COLUMNS) {
    const columns = min(n - column, COLUMNS);
    const from = b + <usize>column * columnStep;
    if (columns == COLUMNS && columnStep == 4) {
      copyRows(from, rowStep, k, target);
    } else if (columns == COLUMNS && rowStep == 4) {
      transposeColumns(from, columnStep, k, target);
    } else {
      copySome(from, rowStep, columnStep, k, columns, target);
    }
    target += panelBytes;
  }
}

/** Bytes that `pack` writes for B[k × n]. */
export function packedBytes(k: i32, n: i32): i32 {
  return ((n + COLUMNS - 1) & ~(COLUMNS - 1)) * k * 4;
}

function copyRows(from: usize, rowStep: usize, k: i32, target: usize): void {
  for (let row = 0; row < k; row++) {
    v128.store(target, v128.load(from));
    v128.store(target, v128.load(from, 16), 16);
    from += rowStep;
    target += 32;
  }
}

/** Eight columns that each lie contiguous: read four values of four columns, turn, write. */
function transposeColumns(from: usize, columnStep: usize, k: i32, target: usize): void {
  const four: usize = 4 * columnStep;
  let row = 0;
  for (; row <= k - 4; row += 4) {
    transposeFour(from, target, columnStep, 32);
    transposeFour(from + four, target + 16, columnStep, 32);
    from += 16;
    target += 128;
  }
  copySome(from, 4, columnStep, k - row, COLUMNS, target);
}

function copySome(
  from: usize,
  rowStep: usize,
  columnStep: usize,
  k: i32,
  columns: i32,
  target: usize,
): void {
  for (let row = 0; row < k; row++) {
    let value = from;
    for (let column = 0; column < COLUMNS; column++) {
      store<f32>(target, column < columns ? load<f32>(value) : 0);
      value += columnStep;
      target += 4;
    }
    from += rowStep;
  }
}
