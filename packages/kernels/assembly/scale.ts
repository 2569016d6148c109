/** Multiplies or divides float32 in place, as plain JavaScript on a Float32Array would, to the bit. */

export function divideFloat32(target: usize, count: u32, divisor: f32): void {
  const vectorEnd = target + (((<usize>count) & ~3) << 2);
  const end = target + ((<usize>count) << 2);
  const divisors = f32x4.splat(divisor);
  for (; target < vectorEnd; target += 16) {
    v128.store(target, f32x4.div(v128.load(target), divisors));
  }
  for (; target < end; target += 4) store<f32>(target, load<f32>(target) / divisor);
}

/** The factor is a double, and so is the product before it is rounded. */
export function multiplyFloat32(target: usize, count: u32, factor: f64): void {
  const vectorEnd = target + (((<usize>count) & ~1) << 2);
  const end = target + ((<usize>count) << 2);
  const factors = f64x2.splat(factor);
  for (; target < vectorEnd; target += 8) {
    const products = f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(target)), factors);
    v128.store64_lane(target, f32x4.demote_f64x2_zero(products), 0);
  }
  for (; target < end; target += 4) store<f32>(target, <f32>(<f64>load<f32>(target) * factor));
}
