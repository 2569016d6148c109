/**
 * The way back from a resized image: each pixel of dy is added to those it was interpolated from.
 *
 * `rows` has, for each row of dy, the two rows it came from and the second one's weight (i32, i32,
 * f32: 12 bytes), `columns` the same for each column. A second one of weight 0 is not touched.
 */
export function addResized(
  dy: usize,
  target: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  rows: usize,
  columns: usize,
): void {
  const pixel = <usize>channels * 4;
  const row = <usize>width * pixel;
  for (let image = 0; image < batch; image++) {
    for (let y = 0; y < outHeight; y++) {
      const entry = rows + <usize>y * 12;
      const weight = load<f32>(entry, 8);
      const first = target + <usize>load<i32>(entry) * row;
      const second = target + <usize>load<i32>(entry, 4) * row;
      if (weight < 1) addRow(dy, first, channels, outWidth, columns, 1 - weight);
      if (weight > 0) addRow(dy, second, channels, outWidth, columns, weight);
      dy += <usize>outWidth * pixel;
    }
    target += <usize>height * row;
  }
}

function addRow(
  dy: usize,
  target: usize,
  channels: i32,
  outWidth: i32,
  columns: usize,
  scale: f32,
): void {
  const pixel = <usize>channels * 4;
  for (let x = 0; x < outWidth; x++) {
    const weight = load<f32>(columns, 8);
    const first = target + <usize>load<i32>(columns) * pixel;
    const second = target + <usize>load<i32>(columns, 4) * pixel;
    if (weight < 1) addScaled(dy, first, channels, scale * (1 - weight));
    if (weight > 0) addScaled(dy, second, channels, scale * weight);
    dy += pixel;
    columns += 12;
  }
}

function addScaled(source: usize, target: usize, count: i32, scale: f32): void {
  const scales = f32x4.splat(scale);
  for (; count >= 4; count -= 4) {
    const scaled = f32x4.mul(v128.load(source), scales);
    v128.store(target, f32x4.add(v128.load(target), scaled));
    source += 16;
    target += 16;
  }
  for (; count != 0; count--) {
    store<f32>(target, load<f32>(target) + load<f32>(source) * scale);
    source += 4;
    target += 4;
  }
}
