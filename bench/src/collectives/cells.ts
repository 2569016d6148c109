/**
 * What each rank puts into its buffer, and what must come out: small whole numbers, so that every
 * order of additions gives the same float32, and different ones in neighbouring elements and ranks,
 * so that a shifted or forgotten part is noticed. Pure; peers/*.py and all_reduce.c have the same.
 */
export const operators = ["sum", "min", "max", "product"] as const;
export type Operator = (typeof operators)[number];

/** Products grow fast: a small period keeps them exact up to 8 ranks. A prime one meets no chunk. */
function periodOf(op: Operator): number {
  return op === "product" ? 3 : 1021;
}

/** What `rank` gives at `index`: at least 1. */
export function cell(op: Operator, index: number, rank: number): number {
  return (index % periodOf(op)) + 1 + rank;
}

/** What every rank gets at `index`. */
export function reducedCell(op: Operator, index: number, size: number): number {
  const first = cell(op, index, 0);
  switch (op) {
    case "sum":
      return size * first + (size * (size - 1)) / 2;
    case "min":
      return first;
    case "max":
      return first + size - 1;
    case "product": {
      let product = 1;
      for (let rank = 0; rank < size; rank++) product *= first + rank;
      return product;
    }
  }
}
