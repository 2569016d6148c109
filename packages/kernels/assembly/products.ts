/**
 * Products of a matrix, row after row, with thin ones, which are vectors one after the other (`left`: as
 * long as a column, `right`: as long as a row). Strides are bytes from one row, or vector, to the next.
 *
 * Rows go by fours and vectors by twos, so that what is loaded once is used in eight products; what is left
 * over goes by itself. How the sum of an element is ordered does not depend on that:
 *
 *   multiply             four sums, of every fourth column; then the columns after the last four
 *   multiplyTransposed   a sum for four rows, then for each row after the last four
 *   addProduct           a product after the other
 */

function dotOf(row: usize, right: usize, columns: usize): f32 {
  let sums = f32x4.splat(0);
  const vectorEnd = right + ((columns & ~3) << 2);
  const end = right + (columns << 2);
  while (right < vectorEnd) {
    sums = f32x4.add(sums, f32x4.mul(v128.load(row), v128.load(right)));
    row += 16;
    right += 16;
  }
  return addRest(row, right, end, horizontal(sums));
}

function horizontal(sums: v128): f32 {
  const pair = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1);
  return pair + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
}

function addRest(row: usize, right: usize, end: usize, sum: f32): f32 {
  while (right < end) {
    sum += load<f32>(row) * load<f32>(right);
    row += 4;
    right += 4;
  }
  return sum;
}

function addTo(target: usize, value: f32): void {
  store<f32>(target, load<f32>(target) + value);
}

/** left += matrix · right */
export function multiply(
  matrix: usize,
  stride: usize,
  rows: usize,
  columns: usize,
  left: usize,
  leftStride: usize,
  right: usize,
  rightStride: usize,
  vectors: usize,
): void {
  const bytes = columns << 2;
  const vectorBytes = bytes & ~15;
  const fours = rows & ~3;
  const twos = vectors & ~1;
  for (let row: usize = 0; row < fours; row += 4) {
    const a = matrix + row * stride;
    const b = a + stride;
    const c = b + stride;
    const d = c + stride;
    const to = left + (row << 2);
    for (let vector: usize = 0; vector < twos; vector += 2) {
      const first = right + vector * rightStride;
      const second = first + rightStride;
      let a1 = f32x4.splat(0);
      let b1 = a1;
      let c1 = a1;
      let d1 = a1;
      let a2 = a1;
      let b2 = a1;
      let c2 = a1;
      let d2 = a1;
      for (let i: usize = 0; i < vectorBytes; i += 16) {
        const one = v128.load(first + i);
        const two = v128.load(second + i);
        const ofA = v128.load(a + i);
        a1 = f32x4.add(a1, f32x4.mul(ofA, one));
        a2 = f32x4.add(a2, f32x4.mul(ofA, two));
        const ofB = v128.load(b + i);
        b1 = f32x4.add(b1, f32x4.mul(ofB, one));
        b2 = f32x4.add(b2, f32x4.mul(ofB, two));
        const ofC = v128.load(c + i);
        c1 = f32x4.add(c1, f32x4.mul(ofC, one));
        c2 = f32x4.add(c2, f32x4.mul(ofC, two));
        const ofD = v128.load(d + i);
        d1 = f32x4.add(d1, f32x4.mul(ofD, one));
        d2 = f32x4.add(d2, f32x4.mul(ofD, two));
      }
      const to1 = to + vector * leftStride;
      const to2 = to1 + leftStride;
      const rest1 = first + vectorBytes;
      const rest2 = second + vectorBytes;
      const end1 = first + bytes;
      const end2 = second + bytes;
      addTo(to1, addRest(a + vectorBytes, rest1, end1, horizontal(a1)));
      addTo(to1 + 4, addRest(b + vectorBytes, rest1, end1, horizontal(b1)));
      addTo(to1 + 8, addRest(c + vectorBytes, rest1, end1, horizontal(c1)));
      addTo(to1 + 12, addRest(d + vectorBytes, rest1, end1, horizontal(d1)));
      addTo(to2, addRest(a + vectorBytes, rest2, end2, horizontal(a2)));
      addTo(to2 + 4, addRest(b + vectorBytes, rest2, end2, horizontal(b2)));
      addTo(to2 + 8, addRest(c + vectorBytes, rest2, end2, horizontal(c2)));
      addTo(to2 + 12, addRest(d + vectorBytes, rest2, end2, horizontal(d2)));
    }
    if (twos < vectors) {
      const only = right + twos * rightStride;
      const to1 = to + twos * leftStride;
      addTo(to1, dotOf(a, only, columns));
      addTo(to1 + 4, dotOf(b, only, columns));
      addTo(to1 + 8, dotOf(c, only, columns));
      addTo(to1 + 12, dotOf(d, only, columns));
    }
  }
  for (let row = fours; row < rows; row++) {
    for (let vector: usize = 0; vector < vectors; vector++) {
      const to = left + vector * leftStride + (row << 2);
      addTo(to, dotOf(matrix + row * stride, right + vector * rightStride, columns));
    }
  }
}

/** right += matrixᵀ · left */
export function multiplyTransposed(
  matrix: usize,
  stride: usize,
  rows: usize,
  columns: usize,
  left: usize,
  leftStride: usize,
  right: usize,
  rightStride: usize,
  vectors: usize,
): void {
  const bytes = columns << 2;
  const vectorBytes = bytes & ~15;
  const fours = rows & ~3;
  const twos = vectors & ~1;
  for (let row: usize = 0; row < fours; row += 4) {
    const a = matrix + row * stride;
    const b = a + stride;
    const c = b + stride;
    const d = c + stride;
    const from = left + (row << 2);
    for (let vector: usize = 0; vector < twos; vector += 2) {
      const first = right + vector * rightStride;
      const second = first + rightStride;
      const from1 = from + vector * leftStride;
      const from2 = from1 + leftStride;
      const a1 = v128.load32_splat(from1);
      const b1 = v128.load32_splat(from1 + 4);
      const c1 = v128.load32_splat(from1 + 8);
      const d1 = v128.load32_splat(from1 + 12);
      const a2 = v128.load32_splat(from2);
      const b2 = v128.load32_splat(from2 + 4);
      const c2 = v128.load32_splat(from2 + 8);
      const d2 = v128.load32_splat(from2 + 12);
      for (let i: usize = 0; i < vectorBytes; i += 16) {
        const ofA = v128.load(a + i);
        let one = f32x4.mul(ofA, a1);
        let two = f32x4.mul(ofA, a2);
        const ofB = v128.load(b + i);
        one = f32x4.add(one, f32x4.mul(ofB, b1));
        two = f32x4.add(two, f32x4.mul(ofB, b2));
        const ofC = v128.load(c + i);
        one = f32x4.add(one, f32x4.mul(ofC, c1));
        two = f32x4.add(two, f32x4.mul(ofC, c2));
        const ofD = v128.load(d + i);
        one = f32x4.add(one, f32x4.mul(ofD, d1));
        two = f32x4.add(two, f32x4.mul(ofD, d2));
        v128.store(first + i, f32x4.add(v128.load(first + i), one));
        v128.store(second + i, f32x4.add(v128.load(second + i), two));
      }
      addFour(a + vectorBytes, stride, from1, first + vectorBytes, first + bytes);
      addFour(a + vectorBytes, stride, from2, second + vectorBytes, second + bytes);
    }
    if (twos < vectors) {
      const only = right + twos * rightStride;
      const from1 = from + twos * leftStride;
      const a1 = v128.load32_splat(from1);
      const b1 = v128.load32_splat(from1 + 4);
      const c1 = v128.load32_splat(from1 + 8);
      const d1 = v128.load32_splat(from1 + 12);
      for (let i: usize = 0; i < vectorBytes; i += 16) {
        let one = f32x4.mul(v128.load(a + i), a1);
        one = f32x4.add(one, f32x4.mul(v128.load(b + i), b1));
        one = f32x4.add(one, f32x4.mul(v128.load(c + i), c1));
        one = f32x4.add(one, f32x4.mul(v128.load(d + i), d1));
        v128.store(only + i, f32x4.add(v128.load(only + i), one));
      }
      addFour(a + vectorBytes, stride, from1, only + vectorBytes, only + bytes);
    }
  }
  for (let row = fours; row < rows; row++) {
    for (let vector: usize = 0; vector < vectors; vector++) {
      const factor = load<f32>(left + vector * leftStride + (row << 2));
      addScaled(right + vector * rightStride, matrix + row * stride, columns, factor);
    }
  }
}

/** Columns after the last four, of four rows. */
function addFour(matrix: usize, stride: usize, left: usize, right: usize, end: usize): void {
  for (; right < end; right += 4, matrix += 4) {
    let sum = load<f32>(matrix) * load<f32>(left);
    sum += load<f32>(matrix + stride) * load<f32>(left + 4);
    sum += load<f32>(matrix + 2 * stride) * load<f32>(left + 8);
    sum += load<f32>(matrix + 3 * stride) * load<f32>(left + 12);
    addTo(right, sum);
  }
}

/** target += source · factor */
function addScaled(target: usize, source: usize, count: usize, factor: f32): void {
  const vectorEnd = target + ((count & ~3) << 2);
  const end = target + (count << 2);
  const factors = f32x4.splat(factor);
  while (target < vectorEnd) {
    const product = f32x4.mul(v128.load(source), factors);
    v128.store(target, f32x4.add(v128.load(target), product));
    target += 16;
    source += 16;
  }
  while (target < end) {
    addTo(target, load<f32>(source) * factor);
    target += 4;
    source += 4;
  }
}

/** matrix += sign · left · rightᵀ */
export function addProduct(
  matrix: usize,
  stride: usize,
  rows: usize,
  columns: usize,
  left: usize,
  leftStride: usize,
  right: usize,
  rightStride: usize,
  vectors: usize,
  sign: f32,
): void {
  const bytes = columns << 2;
  const vectorBytes = bytes & ~15;
  const fours = rows & ~3;
  const twos = vectors & ~1;
  const signs = f32x4.splat(sign);
  for (let row: usize = 0; row < fours; row += 4) {
    const a = matrix + row * stride;
    const b = a + stride;
    const c = b + stride;
    const d = c + stride;
    const from = left + (row << 2);
    for (let vector: usize = 0; vector < twos; vector += 2) {
      const first = right + vector * rightStride;
      const second = first + rightStride;
      const from1 = from + vector * leftStride;
      const from2 = from1 + leftStride;
      const a1 = f32x4.mul(signs, v128.load32_splat(from1));
      const b1 = f32x4.mul(signs, v128.load32_splat(from1 + 4));
      const c1 = f32x4.mul(signs, v128.load32_splat(from1 + 8));
      const d1 = f32x4.mul(signs, v128.load32_splat(from1 + 12));
      const a2 = f32x4.mul(signs, v128.load32_splat(from2));
      const b2 = f32x4.mul(signs, v128.load32_splat(from2 + 4));
      const c2 = f32x4.mul(signs, v128.load32_splat(from2 + 8));
      const d2 = f32x4.mul(signs, v128.load32_splat(from2 + 12));
      for (let i: usize = 0; i < vectorBytes; i += 16) {
        const one = v128.load(first + i);
        const two = v128.load(second + i);
        addPair(a + i, a1, one, a2, two);
        addPair(b + i, b1, one, b2, two);
        addPair(c + i, c1, one, c2, two);
        addPair(d + i, d1, one, d2, two);
      }
    }
    if (twos < vectors) {
      const from1 = from + twos * leftStride;
      const only = right + twos * rightStride;
      const count = columns & ~3;
      addScaled(a, only, count, sign * load<f32>(from1));
      addScaled(b, only, count, sign * load<f32>(from1 + 4));
      addScaled(c, only, count, sign * load<f32>(from1 + 8));
      addScaled(d, only, count, sign * load<f32>(from1 + 12));
    }
  }
  // Columns after the last four; and rows after them, whole.
  for (let row: usize = 0; row < rows; row++) {
    const skipped = row < fours ? vectorBytes : 0;
    const count = row < fours ? columns & 3 : columns;
    for (let vector: usize = 0; vector < vectors; vector++) {
      const factor = sign * load<f32>(left + vector * leftStride + (row << 2));
      addScaled(
        matrix + row * stride + skipped,
        right + vector * rightStride + skipped,
        count,
        factor,
      );
    }
  }
}

function addPair(target: usize, one: v128, first: v128, two: v128, second: v128): void {
  const sum = f32x4.add(v128.load(target), f32x4.mul(one, first));
  v128.store(target, f32x4.add(sum, f32x4.mul(two, second)));
}
