/** Refuses what no plan can be made of, before anything is sent. */
import { isDType, isReduceOp, KoloError, type KoloErrorCode, reduceOps } from "@kolo/core";
import { type Operation } from "./operation.js";

/** Throws `dtype_unsupported` or `argument_invalid`. */
export function validateOperation(operation: Operation, size: number): void {
  const refuse = (expected: string, got: unknown, code: KoloErrorCode = "argument_invalid") => {
    throw new KoloError(
      code,
      `expected ${expected}, got ${JSON.stringify(got)} in ${operation.kind} "${operation.name}"`,
      { operation: operation.name },
    );
  };
  const lengths = (what: string, counts: readonly number[]) => {
    if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) {
      refuse(`${what} to be integers of at least 0`, counts);
    }
  };
  const perRank = (what: string, list: readonly unknown[]) => {
    if (list.length !== size) refuse(`${what} for each of ${size} ranks`, list);
  };

  if ("dtype" in operation && !isDType(operation.dtype)) {
    refuse("dtype float32 or int32", operation.dtype, "dtype_unsupported");
  }
  if ("op" in operation) {
    if (!isReduceOp(operation.op)) refuse(`op ${reduceOps.join(", ")}`, operation.op);
    for (const factor of [operation.prescale, operation.postscale]) {
      if (!Number.isFinite(factor)) refuse("finite prescale and postscale", String(factor));
    }
  }
  if ("shape" in operation) lengths("dimensions", operation.shape);
  if ("counts" in operation) {
    perRank("one count", operation.counts);
    lengths("counts", operation.counts);
  }
  if ("root" in operation) {
    const { root } = operation;
    if (!Number.isInteger(root) || root < 0 || root >= size) refuse(`a root below ${size}`, root);
  }
  if ("splits" in operation) {
    perRank("one row of splits", operation.splits);
    for (const row of operation.splits) {
      perRank("one split", row);
      lengths("splits", row);
    }
  }
}
