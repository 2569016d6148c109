/**
 * Sums over rows or columns, in blocks: the error of a long sum in float32 grows with its length,
 * that of sums of blocks only with the length of a block and the number of blocks.
 */

/** Values that are added one after the other before their sum joins the others. */
const BLOCK: i32 = 256;

/** target[column] = scale · the sum over `rows` rows of x[row × column]. */
export function sumRows(x: usize, rows: i32, columns: i32, target: usize, scale: f32): void {
  const step = <usize>columns * 4;
  const factor = f32x4.splat(scale);
  let column = 0;
  for (; column <= columns - 16; column += 16) {
    let total0 = f32x4.splat(0);
    let total1 = total0;
    let total2 = total0;
    let total3 = total0;
    let at = x + <usize>column * 4;
    for (let left = rows; left > 0; left -= BLOCK) {
      let sum0 = f32x4.splat(0);
      let sum1 = sum0;
      let sum2 = sum0;
      let sum3 = sum0;
      for (let row = min(left, BLOCK); row != 0; row--) {
        sum0 = f32x4.add(sum0, v128.load(at));
        sum1 = f32x4.add(sum1, v128.load(at, 16));
        sum2 = f32x4.add(sum2, v128.load(at, 32));
        sum3 = f32x4.add(sum3, v128.load(at, 48));
        at += step;
      }
      total0 = f32x4.add(total0, sum0);
      total1 = f32x4.add(total1, sum1);
      total2 = f32x4.add(total2, sum2);
      total3 = f32x4.add(total3, sum3);
    }
    v128.store(target, f32x4.mul(total0, factor));
    v128.store(target, f32x4.mul(total1, factor), 16);
    v128.store(target, f32x4.mul(total2, factor), 32);
    v128.store(target, f32x4.mul(total3, factor), 48);
    target += 64;
  }
  for (; column <= columns - 4; column += 4) {
    let total = f32x4.splat(0);
    let at = x + <usize>column * 4;
    for (let left = rows; left > 0; left -= BLOCK) {
      let sum = f32x4.splat(0);
      for (let row = min(left, BLOCK); row != 0; row--) {
        sum = f32x4.add(sum, v128.load(at));
        at += step;
      }
      total = f32x4.add(total, sum);
    }
    v128.store(target, f32x4.mul(total, factor));
    target += 16;
  }
  for (; column < columns; column++) {
    let total: f32 = 0;
    let at = x + <usize>column * 4;
    for (let left = rows; left > 0; left -= BLOCK) {
      let sum: f32 = 0;
      for (let row = min(left, BLOCK); row != 0; row--) {
        sum += load<f32>(at);
        at += step;
      }
      total += sum;
    }
    store<f32>(target, total * scale);
    target += 4;
  }
}

/** target[row] = scale · the sum over `columns` columns of x[row × column]. */
export function sumColumns(x: usize, rows: i32, columns: i32, target: usize, scale: f32): void {
  for (; rows != 0; rows--) {
    let total = f32x4.splat(0);
    let left = columns;
    while (left >= 16) {
      const count = min(left >> 4, BLOCK);
      let sum0 = f32x4.splat(0);
      let sum1 = sum0;
      let sum2 = sum0;
      let sum3 = sum0;
      for (let i = count; i != 0; i--) {
        sum0 = f32x4.add(sum0, v128.load(x));
        sum1 = f32x4.add(sum1, v128.load(x, 16));
        sum2 = f32x4.add(sum2, v128.load(x, 32));
        sum3 = f32x4.add(sum3, v128.load(x, 48));
        x += 64;
      }
      total = f32x4.add(total, f32x4.add(f32x4.add(sum0, sum1), f32x4.add(sum2, sum3)));
      left -= count << 4;
    }
    let sum =
      f32x4.extract_lane(total, 0) +
      f32x4.extract_lane(total, 1) +
      (f32x4.extract_lane(total, 2) + f32x4.extract_lane(total, 3));
    for (; left != 0; left--) {
      sum += load<f32>(x);
      x += 4;
    }
    store<f32>(target, sum * scale);
    target += 4;
  }
}
