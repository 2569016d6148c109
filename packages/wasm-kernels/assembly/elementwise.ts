/**
 * Functions of values at the same place in one or two tensors, four at a time. NaN stays NaN, as on
 * tfjs' cpu backend: a training that diverged must not look healthy behind a clip at zero.
 */

/** target = the larger of a and b; NaN where one of them is. */
export function maximum(a: usize, b: usize, target: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(target, f32x4.max(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    target += 16;
  }
  for (; count != 0; count--) {
    store<f32>(target, max(load<f32>(a), load<f32>(b)));
    a += 4;
    b += 4;
    target += 4;
  }
}

/** target = the smaller of a and b; NaN where one of them is. */
export function minimum(a: usize, b: usize, target: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(target, f32x4.min(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    target += 16;
  }
  for (; count != 0; count--) {
    store<f32>(target, min(load<f32>(a), load<f32>(b)));
    a += 4;
    b += 4;
    target += 4;
  }
}

/** target = x, but at least `low` and at most `high`. */
export function clip(x: usize, target: usize, count: i32, low: f32, high: f32): void {
  const lows = f32x4.splat(low);
  const highs = f32x4.splat(high);
  for (; count >= 4; count -= 4) {
    // These two keep their first operand where either is NaN.
    v128.store(target, f32x4.pmin(f32x4.pmax(v128.load(x), lows), highs));
    x += 16;
    target += 16;
  }
  for (; count != 0; count--) {
    store<f32>(target, min(max(load<f32>(x), low), high));
    x += 4;
    target += 4;
  }
}

/** target = x, times alpha where it is below zero. */
export function prelu(x: usize, alpha: usize, target: usize, count: i32): void {
  const zero = f32x4.splat(0);
  for (; count >= 4; count -= 4) {
    const value = v128.load(x);
    const scaled = f32x4.mul(value, v128.load(alpha));
    v128.store(target, v128.bitselect(scaled, value, f32x4.lt(value, zero)));
    x += 16;
    alpha += 16;
    target += 16;
  }
  for (; count != 0; count--) {
    const value = load<f32>(x);
    store<f32>(target, value < 0 ? value * load<f32>(alpha) : value);
    x += 4;
    alpha += 4;
    target += 4;
  }
}
