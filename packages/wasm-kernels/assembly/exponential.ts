/**
 * Powers of e and what is made of them, four at a time. The polynomials are those of the Cephes
 * library for float32, right to about the last bit.
 */

/** target = e to the power of x. */
export function exp(x: usize, target: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(target, power(v128.load(x)));
    x += 16;
    target += 16;
  }
  for (; count != 0; count--) {
    store<f32>(target, f32x4.extract_lane(power(v128.load32_splat(x)), 0));
    x += 4;
    target += 4;
  }
}

/** target = the hyperbolic tangent of x. */
export function tanh(x: usize, target: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(target, tangent(v128.load(x)));
    x += 16;
    target += 16;
  }
  for (; count != 0; count--) {
    store<f32>(target, f32x4.extract_lane(tangent(v128.load32_splat(x)), 0));
    x += 4;
    target += 4;
  }
}

/** target = the error function of x, by the formula of tfjs. */
export function erf(x: usize, target: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    v128.store(target, errorFunction(v128.load(x)));
    x += 16;
    target += 16;
  }
  for (; count != 0; count--) {
    store<f32>(target, f32x4.extract_lane(errorFunction(v128.load32_splat(x)), 0));
    x += 4;
    target += 4;
  }
}

/**
 * With n the nearest integer to x / ln 2, e^x is 2^n times e to a power between ±½ ln 2, for which the
 * polynomial is. Beyond what float32 holds it ends in zero or infinity.
 */
function power(x: v128): v128 {
  const inside = f32x4.min(f32x4.max(x, f32x4.splat(-104)), f32x4.splat(89));
  const n = f32x4.nearest(f32x4.mul(inside, f32x4.splat(1.44269504088896341)));
  // ln 2 in two parts, of which the first has so few bits that its product is exact.
  let r = f32x4.sub(inside, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.1219444e-4)));
  let y = f32x4.splat(1.98756915e-4);
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.3981999507e-3));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(8.3334519073e-3));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(4.1665795894e-2));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.6666665459e-1));
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(5.0000001201e-1));
  y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(y, r), r), r), f32x4.splat(1));
  // 2^n in two factors, since n may be beyond the exponents of float32 where the result is not.
  const whole = i32x4.trunc_sat_f32x4_s(n);
  const half = i32x4.shr_s(whole, 1);
  return f32x4.mul(f32x4.mul(y, powerOfTwo(half)), powerOfTwo(i32x4.sub(whole, half)));
}

function powerOfTwo(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/** A polynomial near zero, where 1 − 2 / (e^2x + 1) would lose its digits. */
function tangent(x: v128): v128 {
  const size = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let y = f32x4.splat(-5.70498872745e-3);
  y = f32x4.add(f32x4.mul(y, z), f32x4.splat(2.06390887954e-2));
  y = f32x4.add(f32x4.mul(y, z), f32x4.splat(-5.37397155531e-2));
  y = f32x4.add(f32x4.mul(y, z), f32x4.splat(1.33314422036e-1));
  y = f32x4.add(f32x4.mul(y, z), f32x4.splat(-3.33332819422e-1));
  const small = f32x4.add(f32x4.mul(f32x4.mul(y, z), x), x);
  const one = f32x4.splat(1);
  const squared = power(f32x4.add(size, size));
  const large = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(squared, one)));
  const isSmall = f32x4.lt(size, f32x4.splat(0.625));
  return v128.bitselect(small, withSignOf(x, large), isSmall);
}

/** Abramowitz and Stegun, 7.1.26, as tfjs has it. */
function errorFunction(x: v128): v128 {
  const one = f32x4.splat(1);
  const size = f32x4.abs(x);
  const t = f32x4.div(one, f32x4.add(one, f32x4.mul(f32x4.splat(0.3275911), size)));
  let y = f32x4.splat(1.061405429);
  y = f32x4.add(f32x4.mul(y, t), f32x4.splat(-1.453152027));
  y = f32x4.add(f32x4.mul(y, t), f32x4.splat(1.421413741));
  y = f32x4.add(f32x4.mul(y, t), f32x4.splat(-0.284496736));
  y = f32x4.add(f32x4.mul(y, t), f32x4.splat(0.254829592));
  const tail = f32x4.mul(f32x4.mul(y, t), power(f32x4.neg(f32x4.mul(size, size))));
  return withSignOf(x, f32x4.sub(one, tail));
}

function withSignOf(x: v128, value: v128): v128 {
  return v128.bitselect(x, value, f32x4.splat(-0.0));
}
