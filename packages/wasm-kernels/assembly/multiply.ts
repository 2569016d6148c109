import { COLUMNS, ROWS, tile } from "./tile";

/** Rows of A that are taken through all panels of B before the next ones: they stay in cache. */
const BLOCK: i32 = 64;

/**
 * C[m × n] = A[m × k] · B[k × n] + bias, then the activation; C is contiguous.
 *
 * A is any two-dimensional view (`rowStep`, `columnStep` in bytes); B has been packed. `bias` is
 * the address of n values, or 0.
 */
export function multiply(
  a: usize,
  rowStep: usize,
  columnStep: usize,
  packed: usize,
  c: usize,
  m: i32,
  k: i32,
  n: i32,
  bias: usize,
  flags: i32,
): void {
  const cStep = <usize>n * 4;
  const panelBytes = <usize>k * 32;
  for (let block = 0; block < m; block += BLOCK) {
    const end = min(block + BLOCK, m);
    let panel = packed;
    for (let column = 0; column < n; column += COLUMNS) {
      const columns = min(n - column, COLUMNS);
      const columnBias = bias ? bias + <usize>column * 4 : 0;
      for (let row = block; row < end; row += ROWS) {
        const rows = min(end - row, ROWS);
        const a0 = a + <usize>row * rowStep;
        tile(
          1,
          k,
          a0,
          rows > 1 ? a0 + rowStep : a0,
          rows > 2 ? a0 + 2 * rowStep : a0,
          rows > 3 ? a0 + 3 * rowStep : a0,
          columnStep,
          0,
          panel,
          32,
          c + <usize>row * cStep + <usize>column * 4,
          cStep,
          rows,
          columns,
          columnBias,
          flags,
        );
      }
      panel += panelBytes;
    }
  }
}
