/**
 * Gradient of max pooling over images in NHWC: each window's dy goes to the first of its largest
 * inputs, in reading order, as tfjs' cpu backend has it. Four channels at a time.
 */

/**
 * `target` must hold zeros. Sizes and strides in pixels; windows are not dilated. They may overlap,
 * and reach beyond the image at the top and on the left.
 */
export function maxPoolGradient(
  x: usize,
  dy: usize,
  target: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
): void {
  const pixel = <usize>channels * 4;
  const row = <usize>width * pixel;
  const imageBytes = <usize>height * row;
  for (let image = 0; image < batch; image++) {
    for (let outY = 0; outY < outHeight; outY++) {
      const y = outY * strideHeight - top;
      const firstRow = max(y, 0);
      const rows = min(y + windowHeight, height) - firstRow;
      for (let outX = 0; outX < outWidth; outX++) {
        const column = outX * strideWidth - left;
        const firstColumn = max(column, 0);
        const columns = min(column + windowWidth, width) - firstColumn;
        const corner = <usize>firstRow * row + <usize>firstColumn * pixel;
        giveToLargest(x + corner, dy, target + corner, rows, columns, channels, row, pixel);
        dy += pixel;
      }
    }
    x += imageBytes;
    target += imageBytes;
  }
}

/**
 * The same for windows of 2 × 2 that neither overlap nor reach beyond the image, the usual ones: each
 * pixel is written once, and the target may hold anything. `channels` is a multiple of 4.
 */
export function maxPoolGradient2x2(
  x: usize,
  dy: usize,
  target: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
): void {
  const pixel = <usize>channels * 4;
  const row = <usize>width * pixel;
  const covered = <usize>(width >> 1) * 2 * pixel;
  for (let image = 0; image < batch; image++) {
    for (let y = 0; y < height >> 1; y++) {
      for (let end = x + covered; x < end;) {
        for (const pixelEnd = x + pixel; x < pixelEnd;) {
          giveToLargestOfFour(x, dy, target, row, pixel);
          x += 16;
          dy += 16;
          target += 16;
        }
        x += pixel;
        target += pixel;
      }
      // The last column, where it is left over, of both rows.
      memory.fill(target, 0, row - covered);
      memory.fill(target + row, 0, row - covered);
      x += row - covered + row;
      target += row - covered + row;
    }
    if (height & 1) {
      memory.fill(target, 0, row);
      x += row;
      target += row;
    }
  }
}

/** Four channels of a window of 2 × 2. */
function giveToLargestOfFour(x: usize, dy: usize, target: usize, row: usize, pixel: usize): void {
  const first = v128.load(x);
  const second = v128.load(x + pixel);
  const third = v128.load(x + row);
  const fourth = v128.load(x + row + pixel);
  // As below: each is the largest so far where it is larger than all before it.
  const lowest = f32x4.splat(-Infinity);
  const isFirst = f32x4.gt(first, lowest);
  let largest = v128.bitselect(first, lowest, isFirst);
  const isSecond = f32x4.gt(second, largest);
  largest = v128.bitselect(second, largest, isSecond);
  const isThird = f32x4.gt(third, largest);
  largest = v128.bitselect(third, largest, isThird);
  const isFourth = f32x4.gt(fourth, largest);
  let left = v128.load(dy);
  v128.store(target + row + pixel, v128.and(left, isFourth));
  left = v128.andnot(left, isFourth);
  v128.store(target + row, v128.and(left, isThird));
  left = v128.andnot(left, isThird);
  v128.store(target + pixel, v128.and(left, isSecond));
  left = v128.andnot(left, isSecond);
  v128.store(target, v128.and(left, isFirst));
}

/** One window of `rows × columns` pixels, all channels. */
function giveToLargest(
  x: usize,
  dy: usize,
  target: usize,
  rows: i32,
  columns: i32,
  channels: i32,
  row: usize,
  pixel: usize,
): void {
  let channel = 0;
  for (; channel <= channels - 4; channel += 4) {
    // Where nothing is larger than -Infinity (NaN), nobody gets anything, as on cpu.
    let largest = f32x4.splat(-Infinity);
    let where = i32x4.splat(-1);
    let index = i32x4.splat(0);
    for (let i = 0; i < rows; i++) {
      let at = x + <usize>i * row;
      for (let j = columns; j > 0; j--) {
        const value = v128.load(at);
        const isLarger = f32x4.gt(value, largest);
        largest = v128.bitselect(value, largest, isLarger);
        where = v128.bitselect(index, where, isLarger);
        index = i32x4.add(index, i32x4.splat(1));
        at += pixel;
      }
    }
    const gradient = v128.load(dy);
    index = i32x4.splat(0);
    for (let i = 0; i < rows; i++) {
      let at = target + <usize>i * row;
      for (let j = columns; j > 0; j--) {
        const mine = v128.and(gradient, i32x4.eq(index, where));
        v128.store(at, f32x4.add(v128.load(at), mine));
        index = i32x4.add(index, i32x4.splat(1));
        at += pixel;
      }
    }
    x += 16;
    dy += 16;
    target += 16;
  }
  for (; channel < channels; channel++) {
    let largest: f32 = -Infinity;
    let where: usize = 0;
    for (let i = 0; i < rows; i++) {
      let offset = <usize>i * row;
      for (let j = columns; j > 0; j--) {
        const value = load<f32>(x + offset);
        if (value > largest) {
          largest = value;
          where = target + offset;
        }
        offset += pixel;
      }
    }
    if (where != 0) store<f32>(where, load<f32>(where) + load<f32>(dy));
    x += 4;
    dy += 4;
    target += 4;
  }
}
