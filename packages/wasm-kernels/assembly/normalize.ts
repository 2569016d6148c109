/** y[row × channel] = (x − mean) · factor + offset; those three have a value for each channel. */
export function normalize(
  x: usize,
  y: usize,
  rows: i32,
  channels: i32,
  mean: usize,
  factor: usize,
  offset: usize,
): void {
  for (; rows != 0; rows--) {
    let at: usize = 0;
    let left = channels;
    for (; left >= 4; left -= 4) {
      const centered = f32x4.sub(v128.load(x), v128.load(mean + at));
      const scaled = f32x4.mul(centered, v128.load(factor + at));
      v128.store(y, f32x4.add(scaled, v128.load(offset + at)));
      x += 16;
      y += 16;
      at += 16;
    }
    for (; left != 0; left--) {
      const centered = load<f32>(x) - load<f32>(mean + at);
      store<f32>(y, centered * load<f32>(factor + at) + load<f32>(offset + at));
      x += 4;
      y += 4;
      at += 4;
    }
  }
}
