/**
 * Gradient of max pooling over images in NHWC: each window's dy goes to the first of its largest
 * inputs, in reading order, as tfjs' cpu backend has it. Four channels at a time.
 */

/** `target` must hold zeros. Sizes and strides in pixels; the window may be dilated. */
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
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
): void {
  const pixel = <usize>channels * 4;
  const row = <usize>width * pixel;
  const imageBytes = <usize>height * row;
  for (let image = 0; image < batch; image++) {
    for (let outY = 0; outY < outHeight; outY++) {
      const y = outY * strideHeight - top;
      for (let outX = 0; outX < outWidth; outX++) {
        const column = outX * strideWidth - left;
        let channel = 0;
        for (; channel <= channels - 4; channel += 4) {
          const at = <usize>channel * 4;
          let largest = f32x4.splat(-Infinity);
          let where = i32x4.splat(-1);
          for (let i = 0; i < windowHeight; i++) {
            const r = y + i * dilationHeight;
            if (r < 0 || r >= height) continue;
            for (let j = 0; j < windowWidth; j++) {
              const q = column + j * dilationWidth;
              if (q < 0 || q >= width) continue;
              const offset = <usize>r * row + <usize>q * pixel + at;
              const value = v128.load(x + offset);
              const greater = f32x4.gt(value, largest);
              largest = v128.bitselect(value, largest, greater);
              where = v128.bitselect(i32x4.splat(<i32>offset), where, greater);
            }
          }
          give(target, i32x4.extract_lane(where, 0), 0, load<f32>(dy + at));
          give(target, i32x4.extract_lane(where, 1), 4, load<f32>(dy + at, 4));
          give(target, i32x4.extract_lane(where, 2), 8, load<f32>(dy + at, 8));
          give(target, i32x4.extract_lane(where, 3), 12, load<f32>(dy + at, 12));
        }
        for (; channel < channels; channel++) {
          const at = <usize>channel * 4;
          let largest: f32 = -Infinity;
          let where = -1;
          for (let i = 0; i < windowHeight; i++) {
            const r = y + i * dilationHeight;
            if (r < 0 || r >= height) continue;
            for (let j = 0; j < windowWidth; j++) {
              const q = column + j * dilationWidth;
              if (q < 0 || q >= width) continue;
              const offset = <usize>r * row + <usize>q * pixel + at;
              const value = load<f32>(x + offset);
              if (value > largest) {
                largest = value;
                where = <i32>offset;
              }
            }
          }
          give(target, where, 0, load<f32>(dy + at));
        }
        dy += pixel;
      }
    }
    x += imageBytes;
    target += imageBytes;
  }
}

/** Nothing was larger than -Infinity (all NaN, or an empty window): dy falls away, as on cpu. */
function give(target: usize, offset: i32, lane: usize, value: f32): void {
  if (offset == -1) return;
  const at = target + <usize>offset + lane;
  store<f32>(at, load<f32>(at) + value);
}
