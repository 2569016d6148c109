/** Shapes seen as rows: the first dimension, and what one index of it holds. */
import { KoloError } from "@kolo/core";

export interface Rows {
  readonly rows: number;
  /** Dimensions of one row. */
  readonly rowShape: readonly number[];
}

export function rowsOf([rows = 1, ...rowShape]: readonly number[]): Rows {
  return { rows, rowShape };
}

export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Throws `argument_invalid` for a scalar. */
export function refuseScalar(call: string, shape: readonly number[]): void {
  if (shape.length > 0) return;
  throw new KoloError(
    "argument_invalid",
    `expected a tensor with rows in ${call}(), which it splits among ranks; got a scalar`,
  );
}

/** `rows` in `parts` parts, in order; the first `rows % parts` have one more. */
export function splitEvenly(rows: number, parts: number): number[] {
  const each = Math.floor(rows / parts);
  return Array.from({ length: parts }, (_, i) => each + (i < rows % parts ? 1 : 0));
}
