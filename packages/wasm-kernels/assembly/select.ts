/** target = yes where the condition, bytes of 0 or else, holds, and no elsewhere; four bytes each. */
export function select(condition: usize, yes: usize, no: usize, target: usize, count: i32): void {
  const zero = i32x4.splat(0);
  for (; count >= 4; count -= 4) {
    const bytes = i16x8.extend_low_i8x16_u(v128.load32_zero(condition));
    const isYes = i32x4.ne(i32x4.extend_low_i16x8_u(bytes), zero);
    v128.store(target, v128.bitselect(v128.load(yes), v128.load(no), isYes));
    condition += 4;
    yes += 16;
    no += 16;
    target += 16;
  }
  for (; count != 0; count--) {
    store<u32>(target, load<u32>(load<u8>(condition) ? yes : no));
    condition++;
    yes += 4;
    no += 4;
    target += 4;
  }
}
