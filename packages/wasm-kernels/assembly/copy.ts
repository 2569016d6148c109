/**
 * Copies between tensors that lie in memory in different orders: cuts, joins, turns, repetitions and
 * transposes are all loops over dimensions, each with a step in the source (none where it repeats,
 * backwards where it turns) and one in the target.
 *
 * The caller brings the dimensions into an order in which the target's innermost comes last, and
 * that along which the source is contiguous beside it.
 */

/** Four dimensions of values of four bytes: sizes, and steps in bytes. */
export function copy(
  source: usize,
  target: usize,
  size0: i32,
  size1: i32,
  size2: i32,
  size3: i32,
  from0: isize,
  from1: isize,
  from2: isize,
  from3: isize,
  to0: isize,
  to1: isize,
  to2: isize,
  to3: isize,
): void {
  for (let i = 0; i < size0; i++) {
    let sourcePlane = source;
    let targetPlane = target;
    for (let j = 0; j < size1; j++) {
      copyPlane(sourcePlane, targetPlane, size2, size3, from2, from3, to2, to3);
      sourcePlane += from1;
      targetPlane += to1;
    }
    source += from0;
    target += to0;
  }
}

/** The same for values of one byte; two dimensions. */
export function copyBytes(
  source: usize,
  target: usize,
  rows: i32,
  columns: i32,
  fromRow: isize,
  fromColumn: isize,
  toRow: isize,
  toColumn: isize,
): void {
  for (let row = 0; row < rows; row++) {
    if (fromColumn == 1 && toColumn == 1) {
      memory.copy(target, source, columns);
    } else {
      let from = source;
      let to = target;
      for (let left = columns; left != 0; left--) {
        store<u8>(to, load<u8>(from));
        from += fromColumn;
        to += toColumn;
      }
    }
    source += fromRow;
    target += toRow;
  }
}

function copyPlane(
  source: usize,
  target: usize,
  rows: i32,
  columns: i32,
  fromRow: isize,
  fromColumn: isize,
  toRow: isize,
  toColumn: isize,
): void {
  if (toColumn == 4 && fromRow == 4 && fromColumn != 4) {
    transpose(source, target, rows, columns, fromColumn, toRow);
    return;
  }
  for (; rows != 0; rows--) {
    if (toColumn == 4 && fromColumn == 4) {
      copyRun(source, target, columns);
    } else if (toColumn == 4 && fromColumn == 0) {
      fill(source, target, columns);
    } else if (toColumn == 4 && fromColumn == -4) {
      turn(source, target, columns);
    } else {
      let from = source;
      let to = target;
      for (let left = columns; left != 0; left--) {
        store<u32>(to, load<u32>(from));
        from += fromColumn;
        to += toColumn;
      }
    }
    source += fromRow;
    target += toRow;
  }
}

/** Short runs by hand: the call of a memmove costs more than they do. */
function copyRun(source: usize, target: usize, count: i32): void {
  if (count > 128) {
    memory.copy(target, source, <usize>count * 4);
    return;
  }
  for (; count >= 4; count -= 4) {
    v128.store(target, v128.load(source));
    source += 16;
    target += 16;
  }
  for (; count != 0; count--) {
    store<u32>(target, load<u32>(source));
    source += 4;
    target += 4;
  }
}

/** One value, `count` times. */
function fill(source: usize, target: usize, count: i32): void {
  const value = load<u32>(source);
  const values = i32x4.splat(value);
  for (; count >= 4; count -= 4) {
    v128.store(target, values);
    target += 16;
  }
  for (; count != 0; count--) {
    store<u32>(target, value);
    target += 4;
  }
}

/** `source` is the last of the values, which come to be the first. */
function turn(source: usize, target: usize, count: i32): void {
  for (; count >= 4; count -= 4) {
    const values = v128.load(source - 12);
    v128.store(target, v128.shuffle<i32>(values, values, 3, 2, 1, 0));
    source -= 16;
    target += 16;
  }
  for (; count != 0; count--) {
    store<u32>(target, load<u32>(source));
    source -= 4;
    target += 4;
  }
}

/** Rows of the target in one block of a transpose: each then gets a whole line of the cache. */
const BLOCK: i32 = 16;

/** target[rows × columns] from a source with contiguous columns, `fromColumn` apart. */
function transpose(
  source: usize,
  target: usize,
  rows: i32,
  columns: i32,
  fromColumn: isize,
  toRow: isize,
): void {
  for (let row = 0; row < rows; row += BLOCK) {
    const height = min(rows - row, BLOCK);
    for (let column = 0; column < columns; column += BLOCK) {
      const width = min(columns - column, BLOCK);
      transposeBlock(
        source + <isize>row * 4 + <isize>column * fromColumn,
        target + <isize>row * toRow + <isize>column * 4,
        height,
        width,
        fromColumn,
        toRow,
      );
    }
  }
}

function transposeBlock(
  source: usize,
  target: usize,
  rows: i32,
  columns: i32,
  fromColumn: isize,
  toRow: isize,
): void {
  let row = 0;
  for (; row <= rows - 4; row += 4) {
    let from = source;
    let to = target;
    let left = columns;
    for (; left >= 4; left -= 4) {
      transposeFour(from, to, fromColumn, toRow);
      from += 4 * fromColumn;
      to += 16;
    }
    for (; left != 0; left--) {
      store<u32>(to, load<u32>(from));
      store<u32>(to + toRow, load<u32>(from, 4));
      store<u32>(to + 2 * toRow, load<u32>(from, 8));
      store<u32>(to + 3 * toRow, load<u32>(from, 12));
      from += fromColumn;
      to += 4;
    }
    source += 16;
    target += 4 * toRow;
  }
  for (; row < rows; row++) {
    let from = source;
    let to = target;
    for (let left = columns; left != 0; left--) {
      store<u32>(to, load<u32>(from));
      from += fromColumn;
      to += 4;
    }
    source += 4;
    target += toRow;
  }
}

/** A block of 4 × 4: four values from each of four columns, as four rows `toRow` apart. */
export function transposeFour(from: usize, to: usize, fromColumn: isize, toRow: isize): void {
  const x = v128.load(from);
  const y = v128.load(from + fromColumn);
  const z = v128.load(from + 2 * fromColumn);
  const w = v128.load(from + 3 * fromColumn);
  const xy0 = v128.shuffle<f32>(x, y, 0, 4, 1, 5);
  const xy1 = v128.shuffle<f32>(x, y, 2, 6, 3, 7);
  const zw0 = v128.shuffle<f32>(z, w, 0, 4, 1, 5);
  const zw1 = v128.shuffle<f32>(z, w, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(xy0, zw0, 0, 1, 4, 5));
  v128.store(to + toRow, v128.shuffle<f32>(xy0, zw0, 2, 3, 6, 7));
  v128.store(to + 2 * toRow, v128.shuffle<f32>(xy1, zw1, 0, 1, 4, 5));
  v128.store(to + 3 * toRow, v128.shuffle<f32>(xy1, zw1, 2, 3, 6, 7));
}
