/** Square roots, and what divides by them. */

/** target = √x */
export function sqrt(x: usize, target: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(target, f32x4.sqrt(v128.load(x)));
    x += 16;
    target += 16;
  }
  for (; count != 0; count--) {
    store<f32>(target, f32x4.extract_lane(f32x4.sqrt(v128.load32_splat(x)), 0));
    x += 4;
    target += 4;
  }
}

/** target = 1 / √x */
export function rsqrt(x: usize, target: usize, count: i32): void {
  const one = f32x4.splat(1);
  for (; count >= 4; count -= 4) {
    v128.store(target, f32x4.div(one, f32x4.sqrt(v128.load(x))));
    x += 16;
    target += 16;
  }
  for (; count != 0; count--) {
    const inverse = f32x4.div(one, f32x4.sqrt(v128.load32_splat(x)));
    store<f32>(target, f32x4.extract_lane(inverse, 0));
    x += 4;
    target += 4;
  }
}

/** target = scale / √(variance + epsilon), `scale` an address or 0 for ones. */
export function deviationFactors(
  variance: usize,
  scale: usize,
  target: usize,
  count: i32,
  epsilon: f32,
): void {
  const epsilons = f32x4.splat(epsilon);
  let scales = f32x4.splat(1);
  for (; count >= 4; count -= 4) {
    if (scale) {
      scales = v128.load(scale);
      scale += 16;
    }
    const deviation = f32x4.sqrt(f32x4.add(v128.load(variance), epsilons));
    v128.store(target, f32x4.div(scales, deviation));
    variance += 16;
    target += 16;
  }
  for (; count != 0; count--) {
    if (scale) {
      scales = v128.load32_splat(scale);
      scale += 4;
    }
    const deviation = f32x4.sqrt(f32x4.add(v128.load32_splat(variance), epsilons));
    store<f32>(target, f32x4.extract_lane(f32x4.div(scales, deviation), 0));
    variance += 4;
    target += 4;
  }
}
