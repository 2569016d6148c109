/** How equal elements of all ranks become one. */
export type ReduceOp = "sum" | "average" | "min" | "max" | "product";

export const reduceOps: readonly ReduceOp[] = ["sum", "average", "min", "max", "product"];

export function isReduceOp(value: string): value is ReduceOp {
  return (reduceOps as readonly string[]).includes(value);
}
