/**
 * The largest of rows or columns; with `flip`, the sign bit, the smallest, which is the largest of
 * what has the other sign. NaN where one of the values is.
 */

/** target[column] = the largest of `rows` values of x[row × column]. */
export function largestOfRows(x: usize, rows: i32, columns: i32, target: usize, flip: i32): void {
  const step = <usize>columns * 4;
  const flips = i32x4.splat(flip);
  let column = 0;
  for (; column <= columns - 8; column += 8) {
    let at = x + <usize>column * 4;
    let largest0 = f32x4.splat(-Infinity);
    let largest1 = largest0;
    for (let row = rows; row != 0; row--) {
      largest0 = f32x4.max(largest0, v128.xor(v128.load(at), flips));
      largest1 = f32x4.max(largest1, v128.xor(v128.load(at, 16), flips));
      at += step;
    }
    v128.store(target, v128.xor(largest0, flips));
    v128.store(target, v128.xor(largest1, flips), 16);
    target += 32;
  }
  for (; column < columns; column++) {
    let at = x + <usize>column * 4;
    let largest = f32x4.splat(-Infinity);
    for (let row = rows; row != 0; row--) {
      largest = f32x4.max(largest, v128.xor(v128.load32_splat(at), flips));
      at += step;
    }
    store<f32>(target, f32x4.extract_lane(v128.xor(largest, flips), 0));
    target += 4;
  }
}

/** target[row] = the largest of `columns` values of x[row × column]. */
export function largestOfColumns(
  x: usize,
  rows: i32,
  columns: i32,
  target: usize,
  flip: i32,
): void {
  const flips = i32x4.splat(flip);
  for (; rows != 0; rows--) {
    let largest = f32x4.splat(-Infinity);
    let largest1 = largest;
    let largest2 = largest;
    let largest3 = largest;
    let left = columns;
    for (; left >= 16; left -= 16) {
      largest = f32x4.max(largest, v128.xor(v128.load(x), flips));
      largest1 = f32x4.max(largest1, v128.xor(v128.load(x, 16), flips));
      largest2 = f32x4.max(largest2, v128.xor(v128.load(x, 32), flips));
      largest3 = f32x4.max(largest3, v128.xor(v128.load(x, 48), flips));
      x += 64;
    }
    largest = f32x4.max(f32x4.max(largest, largest1), f32x4.max(largest2, largest3));
    for (; left >= 4; left -= 4) {
      largest = f32x4.max(largest, v128.xor(v128.load(x), flips));
      x += 16;
    }
    for (; left != 0; left--) {
      largest = f32x4.max(largest, v128.xor(v128.load32_splat(x), flips));
      x += 4;
    }
    largest = f32x4.max(largest, v128.shuffle<f32>(largest, largest, 2, 3, 0, 1));
    largest = f32x4.max(largest, v128.shuffle<f32>(largest, largest, 1, 0, 3, 2));
    store<f32>(target, f32x4.extract_lane(v128.xor(largest, flips), 0));
    target += 4;
  }
}
