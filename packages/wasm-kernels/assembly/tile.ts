/**
 * The one inner loop: C[4 × 8] = A[4 × k] · B[k × 8], of which every dense product here is made.
 *
 * The eight accumulators stay in registers; a step loads eight values of B, broadcasts one of each
 * row of A, and does eight multiplications and additions of four lanes: 49 of 50 possible GFLOP/s
 * on a core that runs one 128-bit product and one sum twice a cycle. Larger tiles spill.
 *
 * A's rows are four pointers with one stride, so the same loop reads rows of a matrix, columns of
 * one (its transpose), or the patches of an image in place: `runs` runs of `steps` elements, with
 * a jump in between (a filter's rows, or an image's). Nothing is unrolled into columns in memory.
 */

/** Adds to what C holds instead of replacing it. */
export const ACCUMULATE: i32 = 1;
/** Clips the result at zero. */
export const RELU: i32 = 2;
/** Clips the result to [0, 6]. */
export const RELU6: i32 = 4;

/** Columns of a tile, and of a panel of packed B. */
export const COLUMNS: i32 = 8;
/** Rows of a tile. */
export const ROWS: i32 = 4;

/**
 * Strides and jumps are in bytes. Rows beyond `rows` must point somewhere readable (the caller
 * repeats the first); B must hold eight columns even where fewer are wanted.
 */
export function tile(
  runs: i32,
  steps: i32,
  a0: usize,
  a1: usize,
  a2: usize,
  a3: usize,
  aStep: usize,
  aJump: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cStep: usize,
  rows: i32,
  columns: i32,
  bias: usize,
  flags: i32,
): void {
  let c00 = f32x4.splat(0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  for (; runs != 0; runs--) {
    for (let step = steps; step != 0; step--) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      let a = v128.load32_splat(a0);
      c00 = multiplyAdd(a, b0, c00);
      c01 = multiplyAdd(a, b1, c01);
      a = v128.load32_splat(a1);
      c10 = multiplyAdd(a, b0, c10);
      c11 = multiplyAdd(a, b1, c11);
      a = v128.load32_splat(a2);
      c20 = multiplyAdd(a, b0, c20);
      c21 = multiplyAdd(a, b1, c21);
      a = v128.load32_splat(a3);
      c30 = multiplyAdd(a, b0, c30);
      c31 = multiplyAdd(a, b1, c31);
      a0 += aStep;
      a1 += aStep;
      a2 += aStep;
      a3 += aStep;
      b += bStep;
    }
    a0 += aJump;
    a1 += aJump;
    a2 += aJump;
    a3 += aJump;
  }
  finish(c, columns, bias, flags, c00, c01);
  if (rows > 1) finish(c + cStep, columns, bias, flags, c10, c11);
  if (rows > 2) finish(c + 2 * cStep, columns, bias, flags, c20, c21);
  if (rows > 3) finish(c + 3 * cStep, columns, bias, flags, c30, c31);
}

/** Adds what is there and the bias, applies the activation, and writes `columns` of eight lanes. */
function finish(c: usize, columns: i32, bias: usize, flags: i32, low: v128, high: v128): void {
  if (columns == COLUMNS) {
    if (flags & ACCUMULATE) {
      low = f32x4.add(low, v128.load(c));
      high = f32x4.add(high, v128.load(c, 16));
    }
    if (bias) {
      low = f32x4.add(low, v128.load(bias));
      high = f32x4.add(high, v128.load(bias, 16));
    }
    v128.store(c, activate(low, flags));
    v128.store(c, activate(high, flags), 16);
  } else {
    finishSome(c, columns, bias, flags, low, high);
  }
}

/** As `finish`, for the last columns of a matrix: value by value, touching nothing beyond. */
function finishSome(c: usize, columns: i32, bias: usize, flags: i32, low: v128, high: v128): void {
  for (let column = 0; column < columns; column++) {
    let value = f32x4.extract_lane(low, 0);
    if (flags & ACCUMULATE) value += load<f32>(c);
    if (bias) {
      value += load<f32>(bias);
      bias += 4;
    }
    store<f32>(c, f32x4.extract_lane(activate(f32x4.splat(value), flags), 0));
    c += 4;
    // The next lane moves to the front.
    low = v128.shuffle<f32>(low, high, 1, 2, 3, 4);
    high = v128.shuffle<f32>(high, high, 1, 2, 3, 3);
  }
}

function activate(value: v128, flags: i32): v128 {
  if (flags & (RELU | RELU6)) value = f32x4.max(value, f32x4.splat(0));
  if (flags & RELU6) value = f32x4.min(value, f32x4.splat(6));
  return value;
}

/** a · b + c: in one instruction and rounding where the machine has it and the module may use it. */
function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(c, f32x4.mul(a, b));
}
