/**
 * Depthwise convolutions and their gradients: each channel has a filter of its own, so four channels go
 * through the loops together, sixteen where there are as many. One image in NHWC; taps in the
 * padding are left out by counting, so nothing is padded.
 *
 * A channel multiplier is none of this code's business: the caller repeats the channels of the
 * input first (`repeatValues`), or adds those of the gradient up afterwards.
 */

/** y[pixel × channel] = the sum over taps of x · filter. */
export function depthwise(
  x: usize,
  filter: usize,
  y: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
): void {
  const pixel = <usize>channels * 4;
  const rowStep = <usize>(dilationHeight * width) * pixel;
  const step = <usize>dilationWidth * pixel;
  for (let outY = 0; outY < outHeight; outY++) {
    const shiftY = outY * strideHeight - top;
    const firstRow = firstInside(shiftY, dilationHeight);
    const rows = firstInside(shiftY - height, dilationHeight, filterHeight) - firstRow;
    for (let outX = 0; outX < outWidth; outX++) {
      const shiftX = outX * strideWidth - left;
      const firstColumn = firstInside(shiftX, dilationWidth);
      const columns = firstInside(shiftX - width, dilationWidth, filterWidth) - firstColumn;
      const row = shiftY + firstRow * dilationHeight;
      const column = shiftX + firstColumn * dilationWidth;
      sumTaps(
        x + <usize>(row * width + column) * pixel,
        filter + <usize>(firstRow * filterWidth + firstColumn) * pixel,
        y,
        rows,
        columns,
        channels,
        rowStep,
        step,
        <usize>filterWidth * pixel,
      );
      y += pixel;
    }
  }
}

/** One pixel of `depthwise`, from `rows × columns` taps. */
function sumTaps(
  x: usize,
  filter: usize,
  y: usize,
  rows: i32,
  columns: i32,
  channels: i32,
  rowStep: usize,
  step: usize,
  filterRow: usize,
): void {
  const pixel = <usize>channels * 4;
  let channel = 0;
  for (; channel <= channels - 16; channel += 16) {
    let sum0 = f32x4.splat(0);
    let sum1 = sum0;
    let sum2 = sum0;
    let sum3 = sum0;
    for (let i = 0; i < rows; i++) {
      let from = x + <usize>i * rowStep;
      let tap = filter + <usize>i * filterRow;
      for (let j = columns; j > 0; j--) {
        sum0 = f32x4.add(sum0, f32x4.mul(v128.load(from), v128.load(tap)));
        sum1 = f32x4.add(sum1, f32x4.mul(v128.load(from, 16), v128.load(tap, 16)));
        sum2 = f32x4.add(sum2, f32x4.mul(v128.load(from, 32), v128.load(tap, 32)));
        sum3 = f32x4.add(sum3, f32x4.mul(v128.load(from, 48), v128.load(tap, 48)));
        from += step;
        tap += pixel;
      }
    }
    v128.store(y, sum0);
    v128.store(y, sum1, 16);
    v128.store(y, sum2, 32);
    v128.store(y, sum3, 48);
    x += 64;
    filter += 64;
    y += 64;
  }
  for (; channel <= channels - 4; channel += 4) {
    let sum = f32x4.splat(0);
    for (let i = 0; i < rows; i++) {
      let from = x + <usize>i * rowStep;
      let tap = filter + <usize>i * filterRow;
      for (let j = columns; j > 0; j--) {
        sum = f32x4.add(sum, f32x4.mul(v128.load(from), v128.load(tap)));
        from += step;
        tap += pixel;
      }
    }
    v128.store(y, sum);
    x += 16;
    filter += 16;
    y += 16;
  }
  for (; channel < channels; channel++) {
    let sum: f32 = 0;
    for (let i = 0; i < rows; i++) {
      let from = x + <usize>i * rowStep;
      let tap = filter + <usize>i * filterRow;
      for (let j = columns; j > 0; j--) {
        sum += load<f32>(from) * load<f32>(tap);
        from += step;
        tap += pixel;
      }
    }
    store<f32>(y, sum);
    x += 4;
    filter += 4;
    y += 4;
  }
}

/** The first index ≥ 0 with index · stride + shift ≥ 0, but at most `limit`. */
export function firstInside(shift: i32, stride: i32, limit: i32 = i32.MAX_VALUE): i32 {
  return shift >= 0 ? 0 : min((stride - 1 - shift) / stride, limit);
}

/** Writes each of `count` values `times` times, one after the other. */
export function repeatValues(source: usize, target: usize, count: i32, times: i32): void {
  for (; count != 0; count--) {
    const value = load<f32>(source);
    for (let i = times; i != 0; i--) {
      store<f32>(target, value);
      target += 4;
    }
    source += 4;
  }
}
