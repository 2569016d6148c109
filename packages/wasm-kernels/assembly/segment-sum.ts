/** Sums of rows by segment: the gradient of an embedding, or of any gather. */

/**
 * Adds row i of x[rows × columns] to row segments[i] of the target. Rows with a number outside
 * [0, segmentCount) fall away.
 */
export function addSegments(
  x: usize,
  segments: usize,
  rows: i32,
  columns: i32,
  target: usize,
  segmentCount: i32,
): void {
  addRows<f32>(x, segments, rows, columns, target, segmentCount);
}

/** The same for int32. */
export function addIntegerSegments(
  x: usize,
  segments: usize,
  rows: i32,
  columns: i32,
  target: usize,
  segmentCount: i32,
): void {
  addRows<i32>(x, segments, rows, columns, target, segmentCount);
}

function addRows<T>(
  x: usize,
  segments: usize,
  rows: i32,
  columns: i32,
  target: usize,
  segmentCount: i32,
): void {
  const row = <usize>columns * 4;
  for (let i = 0; i < rows; i++) {
    const segment = load<i32>(segments + <usize>i * 4);
    if (segment >= 0 && segment < segmentCount) {
      addRow<T>(x + <usize>i * row, target + <usize>segment * row, columns);
    }
  }
}

function addRow<T>(x: usize, target: usize, columns: i32): void {
  let left = columns;
  for (; left >= 4; left -= 4) {
    v128.store(target, v128.add<T>(v128.load(target), v128.load(x)));
    x += 16;
    target += 16;
  }
  for (; left > 0; left--) {
    store<T>(target, <T>(load<T>(target) + load<T>(x)));
    x += 4;
    target += 4;
  }
}
