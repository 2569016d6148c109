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
    turn(from, columnStep, target);
    turn(from + four, columnStep, target + 16);
    from += 16;
    target += 128;
  }
  copySome(from, 4, columnStep, k - row, COLUMNS, target);
}

/** A block of 4 × 4 values, its columns `columnStep` apart, written as four rows 32 bytes apart. */
function turn(from: usize, columnStep: usize, target: usize): void {
  const x = v128.load(from);
  const y = v128.load(from + columnStep);
  const z = v128.load(from + 2 * columnStep);
  const w = v128.load(from + 3 * columnStep);
  const xy0 = v128.shuffle<f32>(x, y, 0, 4, 1, 5);
  const xy1 = v128.shuffle<f32>(x, y, 2, 6, 3, 7);
  const zw0 = v128.shuffle<f32>(z, w, 0, 4, 1, 5);
  const zw1 = v128.shuffle<f32>(z, w, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<f32>(xy0, zw0, 0, 1, 4, 5));
  v128.store(target, v128.shuffle<f32>(xy0, zw0, 2, 3, 6, 7), 32);
  v128.store(target, v128.shuffle<f32>(xy1, zw1, 0, 1, 4, 5), 64);
  v128.store(target, v128.shuffle<f32>(xy1, zw1, 2, 3, 6, 7), 96);
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
