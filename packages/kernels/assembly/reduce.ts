/**
 * target[i] = a[i] op b[i], 64 bytes a turn; the target may be one of the operands. Addresses are in
 * bytes and need no alignment. float32: min and max propagate NaN, and min(-0, 0) is -0. int32: sum
 * and product wrap around.
 */

/** A constant where it is used, so that each export is compiled for one of them. */
const enum Op {
  sum,
  product,
  min,
  max,
}

function vector<T>(op: Op, a: v128, b: v128): v128 {
  if (op == Op.sum) return v128.add<T>(a, b);
  if (op == Op.product) return v128.mul<T>(a, b);
  if (op == Op.min) return v128.min<T>(a, b);
  return v128.max<T>(a, b);
}

function scalar<T>(op: Op, a: T, b: T): T {
  if (op == Op.sum) return (a + b) as T;
  if (op == Op.product) return (a * b) as T;
  if (op == Op.min) return min<T>(a, b);
  return max<T>(a, b);
}

function step<T>(op: Op, target: usize, a: usize, b: usize, offset: usize): void {
  const combined = vector<T>(op, v128.load(a + offset), v128.load(b + offset));
  v128.store(target + offset, combined);
}

function reduce<T>(op: Op, target: usize, a: usize, b: usize, count: u32): void {
  const vectorEnd = target + (((<usize>count) & ~15) << 2);
  const end = target + ((<usize>count) << 2);
  while (target < vectorEnd) {
    step<T>(op, target, a, b, 0);
    step<T>(op, target, a, b, 16);
    step<T>(op, target, a, b, 32);
    step<T>(op, target, a, b, 48);
    target += 64;
    a += 64;
    b += 64;
  }
  while (target < end) {
    store<T>(target, scalar<T>(op, load<T>(a), load<T>(b)));
    target += 4;
    a += 4;
    b += 4;
  }
}

export function sumFloat32(target: usize, a: usize, b: usize, count: u32): void {
  reduce<f32>(Op.sum, target, a, b, count);
}
export function productFloat32(target: usize, a: usize, b: usize, count: u32): void {
  reduce<f32>(Op.product, target, a, b, count);
}
export function minFloat32(target: usize, a: usize, b: usize, count: u32): void {
  reduce<f32>(Op.min, target, a, b, count);
}
export function maxFloat32(target: usize, a: usize, b: usize, count: u32): void {
  reduce<f32>(Op.max, target, a, b, count);
}
export function sumInt32(target: usize, a: usize, b: usize, count: u32): void {
  reduce<i32>(Op.sum, target, a, b, count);
}
export function productInt32(target: usize, a: usize, b: usize, count: u32): void {
  reduce<i32>(Op.product, target, a, b, count);
}
export function minInt32(target: usize, a: usize, b: usize, count: u32): void {
  reduce<i32>(Op.min, target, a, b, count);
}
export function maxInt32(target: usize, a: usize, b: usize, count: u32): void {
  reduce<i32>(Op.max, target, a, b, count);
}
