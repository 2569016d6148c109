/** Gradients of depthwise convolutions; depthwise.ts says what they have in common. */
import { firstInside } from "./depthwise";

/** target[tap × channel] += the sum over pixels of x · dy, for each tap of the filter. */
export function depthwiseFilterGradient(
  x: usize,
  dy: usize,
  target: usize,
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
  const step = <usize>strideWidth * pixel;
  for (let channel = 0; channel < channels;) {
    const lanes = lanesAt(channel, channels);
    const at = <usize>channel * 4;
    for (let outY = 0; outY < outHeight; outY++) {
      for (let i = 0; i < filterHeight; i++) {
        const y = outY * strideHeight - top + i * dilationHeight;
        if (y < 0 || y >= height) continue;
        for (let j = 0; j < filterWidth; j++) {
          const shift = j * dilationWidth - left;
          const first = firstInside(shift, strideWidth);
          const count = firstInside(shift - width, strideWidth, outWidth) - first;
          if (count <= 0) continue;
          addProducts(
            x + <usize>(y * width + first * strideWidth + shift) * pixel + at,
            step,
            dy + <usize>(outY * outWidth + first) * pixel + at,
            pixel,
            target + <usize>(i * filterWidth + j) * pixel + at,
            count,
            lanes,
          );
        }
      }
    }
    channel += lanes;
  }
}

/** target[pixel × channel] += dy · filter, for each pixel that a tap of the filter has read. */
export function depthwiseInputGradient(
  dy: usize,
  filter: usize,
  target: usize,
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
  const step = <usize>strideWidth * pixel;
  for (let channel = 0; channel < channels;) {
    const lanes = lanesAt(channel, channels);
    const at = <usize>channel * 4;
    for (let outY = 0; outY < outHeight; outY++) {
      for (let i = 0; i < filterHeight; i++) {
        const y = outY * strideHeight - top + i * dilationHeight;
        if (y < 0 || y >= height) continue;
        for (let j = 0; j < filterWidth; j++) {
          const shift = j * dilationWidth - left;
          const first = firstInside(shift, strideWidth);
          const count = firstInside(shift - width, strideWidth, outWidth) - first;
          if (count <= 0) continue;
          addScaled(
            dy + <usize>(outY * outWidth + first) * pixel + at,
            pixel,
            filter + <usize>(i * filterWidth + j) * pixel + at,
            target + <usize>(y * width + first * strideWidth + shift) * pixel + at,
            step,
            count,
            lanes,
          );
        }
      }
    }
    channel += lanes;
  }
}

/** Channels that go through the loops together from `channel` on: 16, 4 or 1. */
function lanesAt(channel: i32, channels: i32): i32 {
  const left = channels - channel;
  return left >= 16 ? 16 : left >= 4 ? 4 : 1;
}

/** target += the sum of `count` products, `lanes` channels wide. */
function addProducts(
  x: usize,
  xStep: usize,
  dy: usize,
  dyStep: usize,
  target: usize,
  count: i32,
  lanes: i32,
): void {
  if (lanes == 16) {
    let sum0 = v128.load(target);
    let sum1 = v128.load(target, 16);
    let sum2 = v128.load(target, 32);
    let sum3 = v128.load(target, 48);
    for (; count != 0; count--) {
      sum0 = f32x4.add(sum0, f32x4.mul(v128.load(x), v128.load(dy)));
      sum1 = f32x4.add(sum1, f32x4.mul(v128.load(x, 16), v128.load(dy, 16)));
      sum2 = f32x4.add(sum2, f32x4.mul(v128.load(x, 32), v128.load(dy, 32)));
      sum3 = f32x4.add(sum3, f32x4.mul(v128.load(x, 48), v128.load(dy, 48)));
      x += xStep;
      dy += dyStep;
    }
    v128.store(target, sum0);
    v128.store(target, sum1, 16);
    v128.store(target, sum2, 32);
    v128.store(target, sum3, 48);
  } else if (lanes == 4) {
    let sum = v128.load(target);
    for (; count != 0; count--) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(x), v128.load(dy)));
      x += xStep;
      dy += dyStep;
    }
    v128.store(target, sum);
  } else {
    let sum = load<f32>(target);
    for (; count != 0; count--) {
      sum += load<f32>(x) * load<f32>(dy);
      x += xStep;
      dy += dyStep;
    }
    store<f32>(target, sum);
  }
}

/** Adds dy · filter to `count` pixels of the target, `lanes` channels wide. */
function addScaled(
  dy: usize,
  dyStep: usize,
  filter: usize,
  target: usize,
  targetStep: usize,
  count: i32,
  lanes: i32,
): void {
  if (lanes == 16) {
    const filter0 = v128.load(filter);
    const filter1 = v128.load(filter, 16);
    const filter2 = v128.load(filter, 32);
    const filter3 = v128.load(filter, 48);
    for (; count != 0; count--) {
      multiplyAddTo(target, v128.load(dy), filter0);
      multiplyAddTo(target + 16, v128.load(dy, 16), filter1);
      multiplyAddTo(target + 32, v128.load(dy, 32), filter2);
      multiplyAddTo(target + 48, v128.load(dy, 48), filter3);
      dy += dyStep;
      target += targetStep;
    }
  } else if (lanes == 4) {
    const filter0 = v128.load(filter);
    for (; count != 0; count--) {
      multiplyAddTo(target, v128.load(dy), filter0);
      dy += dyStep;
      target += targetStep;
    }
  } else {
    const filter0 = load<f32>(filter);
    for (; count != 0; count--) {
      store<f32>(target, load<f32>(target) + load<f32>(dy) * filter0);
      dy += dyStep;
      target += targetStep;
    }
  }
}

function multiplyAddTo(target: usize, a: v128, b: v128): void {
  v128.store(target, f32x4.add(v128.load(target), f32x4.mul(a, b)));
}
