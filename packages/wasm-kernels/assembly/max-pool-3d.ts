/**
 * Max pooling over volumes in NDHWC, and its gradient: each window's dy goes to the last of its
 * largest inputs, in reading order, as tfjs' cpu backend has it. Four channels at a time.
 *
 * Nothing is larger or smaller than a NaN: it is passed over, and a window of NaN alone gives
 * -Infinity, and its gradient to nobody.
 */

/**
 * Without a `target` (0): y[window × channel] becomes the largest of x in each window. With one: y
 * is the gradient of that, and is added to `target`, which has the shape of x. Sizes and strides in
 * pixels; windows are not dilated.
 */
export function maxPool3D(
  x: usize,
  y: usize,
  target: usize,
  batch: i32,
  depth: i32,
  height: i32,
  width: i32,
  channels: i32,
  outDepth: i32,
  outHeight: i32,
  outWidth: i32,
  windowDepth: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideDepth: i32,
  strideHeight: i32,
  strideWidth: i32,
  front: i32,
  top: i32,
  left: i32,
): void {
  const pixel = <usize>channels * 4;
  const row = <usize>width * pixel;
  const plane = <usize>height * row;
  const volume = <usize>depth * plane;
  for (let image = 0; image < batch; image++) {
    for (let outZ = 0; outZ < outDepth; outZ++) {
      const z = max(outZ * strideDepth - front, 0);
      const planes = min(outZ * strideDepth - front + windowDepth, depth) - z;
      for (let outY = 0; outY < outHeight; outY++) {
        const top0 = max(outY * strideHeight - top, 0);
        const rows = min(outY * strideHeight - top + windowHeight, height) - top0;
        for (let outX = 0; outX < outWidth; outX++) {
          const left0 = max(outX * strideWidth - left, 0);
          const columns = min(outX * strideWidth - left + windowWidth, width) - left0;
          const corner = <usize>z * plane + <usize>top0 * row + <usize>left0 * pixel;
          const to = target ? target + corner : 0;
          pool(x + corner, y, to, planes, rows, columns, channels, plane, row, pixel);
          y += pixel;
        }
      }
    }
    x += volume;
    if (target) target += volume;
  }
}

/** One window, all channels. Where the largest lies is kept as its distance from the corner. */
function pool(
  x: usize,
  y: usize,
  target: usize,
  planes: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  plane: usize,
  row: usize,
  pixel: usize,
): void {
  let channel = 0;
  for (; channel <= channels - 4; channel += 4) {
    let largest = f32x4.splat(-Infinity);
    let where = i32x4.splat(-1);
    for (let i = 0; i < planes; i++) {
      for (let j = 0; j < rows; j++) {
        let offset = <usize>i * plane + <usize>j * row;
        for (let left = columns; left > 0; left--) {
          const value = v128.load(x + offset);
          const isLargest = f32x4.ge(value, largest);
          largest = v128.bitselect(value, largest, isLargest);
          where = v128.bitselect(i32x4.splat(<i32>offset), where, isLargest);
          offset += pixel;
        }
      }
    }
    if (target) {
      give(target, i32x4.extract_lane(where, 0), load<f32>(y));
      give(target + 4, i32x4.extract_lane(where, 1), load<f32>(y, 4));
      give(target + 8, i32x4.extract_lane(where, 2), load<f32>(y, 8));
      give(target + 12, i32x4.extract_lane(where, 3), load<f32>(y, 12));
      target += 16;
    } else {
      v128.store(y, largest);
    }
    x += 16;
    y += 16;
  }
  for (; channel < channels; channel++) {
    let largest: f32 = -Infinity;
    let where = -1;
    for (let i = 0; i < planes; i++) {
      for (let j = 0; j < rows; j++) {
        let offset = <usize>i * plane + <usize>j * row;
        for (let left = columns; left > 0; left--) {
          const value = load<f32>(x + offset);
          if (value >= largest) {
            largest = value;
            where = <i32>offset;
          }
          offset += pixel;
        }
      }
    }
    if (target) {
      give(target, where, load<f32>(y));
      target += 4;
    } else {
      store<f32>(y, largest);
    }
    x += 4;
    y += 4;
  }
}

/** Offsets end at the size of an image, which is less than 2 GiB. */
function give(target: usize, offset: i32, value: f32): void {
  if (offset < 0) return;
  const at = target + <usize>offset;
  store<f32>(at, load<f32>(at) + value);
}
