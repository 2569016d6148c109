/**
 * c[m × n] = a[m × k] · b[k × n] for int32, which wraps around as two's complement. Steps are in bytes.
 * Plain: products of integers are rare in training, and small.
 */
export function multiplyIntegers(
  a: usize,
  rowStep: usize,
  columnStep: usize,
  b: usize,
  bRowStep: usize,
  bColumnStep: usize,
  c: usize,
  m: i32,
  k: i32,
  n: i32,
): void {
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      let left = a + <usize>row * rowStep;
      let right = b + <usize>column * bColumnStep;
      let sum: i32 = 0;
      for (let i = 0; i < k; i++) {
        sum += load<i32>(left) * load<i32>(right);
        left += columnStep;
        right += bRowStep;
      }
      store<i32>(c, sum);
      c += 4;
    }
  }
}
