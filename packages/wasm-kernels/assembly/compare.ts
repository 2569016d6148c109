/**
 * Comparisons of float32, sixteen at a time, to booleans of one byte, and functions of those.
 * Comparisons that are missing here are these with their operands exchanged.
 */

/** target = whether a is b. */
export function equal(a: usize, b: usize, target: usize, count: i32): void {
  compareEqual(a, b, target, count, 0);
}

/** target = whether a is not b. */
export function notEqual(a: usize, b: usize, target: usize, count: i32): void {
  compareEqual(a, b, target, count, 1);
}

function compareEqual(a: usize, b: usize, target: usize, count: i32, flip: i32): void {
  const flips = i8x16.splat(<i8>flip);
  for (; count >= 16; count -= 16) {
    const booleans = narrow(
      f32x4.eq(v128.load(a), v128.load(b)),
      f32x4.eq(v128.load(a, 16), v128.load(b, 16)),
      f32x4.eq(v128.load(a, 32), v128.load(b, 32)),
      f32x4.eq(v128.load(a, 48), v128.load(b, 48)),
    );
    v128.store(target, v128.xor(booleans, flips));
    a += 64;
    b += 64;
    target += 16;
  }
  for (; count != 0; count--) {
    store<u8>(target, <u8>((load<f32>(a) == load<f32>(b) ? 1 : 0) ^ flip));
    a += 4;
    b += 4;
    target++;
  }
}

/** target = whether a is greater than b. */
export function greater(a: usize, b: usize, target: usize, count: i32): void {
  for (; count >= 16; count -= 16) {
    const booleans = narrow(
      f32x4.gt(v128.load(a), v128.load(b)),
      f32x4.gt(v128.load(a, 16), v128.load(b, 16)),
      f32x4.gt(v128.load(a, 32), v128.load(b, 32)),
      f32x4.gt(v128.load(a, 48), v128.load(b, 48)),
    );
    v128.store(target, booleans);
    a += 64;
    b += 64;
    target += 16;
  }
  for (; count != 0; count--) {
    store<u8>(target, load<f32>(a) > load<f32>(b) ? 1 : 0);
    a += 4;
    b += 4;
    target++;
  }
}

/** target = whether a is b or greater. */
export function greaterEqual(a: usize, b: usize, target: usize, count: i32): void {
  for (; count >= 16; count -= 16) {
    const booleans = narrow(
      f32x4.ge(v128.load(a), v128.load(b)),
      f32x4.ge(v128.load(a, 16), v128.load(b, 16)),
      f32x4.ge(v128.load(a, 32), v128.load(b, 32)),
      f32x4.ge(v128.load(a, 48), v128.load(b, 48)),
    );
    v128.store(target, booleans);
    a += 64;
    b += 64;
    target += 16;
  }
  for (; count != 0; count--) {
    store<u8>(target, load<f32>(a) >= load<f32>(b) ? 1 : 0);
    a += 4;
    b += 4;
    target++;
  }
}

/** Four masks of four lanes as sixteen bytes of 0 or 1. */
function narrow(x: v128, y: v128, z: v128, w: v128): v128 {
  const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(x, y), i16x8.narrow_i32x4_s(z, w));
  return v128.and(bytes, i8x16.splat(1));
}

/** target = the lesser of two bytes: both, for booleans. */
export function both(a: usize, b: usize, target: usize, count: i32): void {
  for (; count >= 16; count -= 16) {
    v128.store(target, i8x16.min_u(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    target += 16;
  }
  for (; count != 0; count--) store<u8>(target++, min(load<u8>(a++), load<u8>(b++)));
}

/** target = the greater of two bytes: either, for booleans. */
export function either(a: usize, b: usize, target: usize, count: i32): void {
  for (; count >= 16; count -= 16) {
    v128.store(target, i8x16.max_u(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    target += 16;
  }
  for (; count != 0; count--) store<u8>(target++, max(load<u8>(a++), load<u8>(b++)));
}
