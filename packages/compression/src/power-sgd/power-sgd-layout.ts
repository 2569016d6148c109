/** Which matrices of a bucket PowerSGD takes apart, and what it keeps, needs and sends for them. */
import { KoloError } from "@kolo/core";
import { type PowerSGD } from "../compression.js";
import { type Bucket, type Demand, type Matrix } from "../hook.js";
import { HookState } from "../hook-state.js";
import { allReduceBytes } from "../ring-bytes.js";

export interface Range {
  readonly offset: number;
  readonly count: number;
}

export interface FactoredMatrix {
  readonly matrix: Matrix;
  /** Where its thin matrices are among all left, and all right ones. */
  readonly left: Range;
  readonly right: Range;
}

export interface PowerSGDLayout {
  readonly factored: readonly FactoredMatrix[];
  /** What travels as it is: all that is in no such matrix. */
  readonly rest: readonly Range[];
  readonly leftElements: number;
  readonly rightElements: number;
  readonly restElements: number;
}

/** Two thin matrices have to be smaller by this factor: there are products to pay for. */
const worthwhileFactor = 2;

export function powerSGDLayout({ rank }: PowerSGD, { count, matrices }: Bucket): PowerSGDLayout {
  const factored: FactoredMatrix[] = [];
  const rest: Range[] = [];
  let [leftElements, rightElements, end] = [0, 0, 0];
  for (const matrix of [...matrices].sort((one, other) => one.offset - other.offset)) {
    const { offset, rows, columns } = matrix;
    if (worthwhileFactor * rank * (rows + columns) >= rows * columns) continue;
    if (offset < end || offset + rows * columns > count) {
      throw new KoloError(
        "internal",
        `expected matrices side by side in a bucket of ${count} elements, got ${rows} x ${columns} ` +
          `at element ${offset}, where another ends at ${end}`,
      );
    }
    if (offset > end) rest.push({ offset: end, count: offset - end });
    const left = { offset: leftElements, count: rank * rows };
    const right = { offset: rightElements, count: rank * columns };
    factored.push({ matrix, left, right });
    leftElements += left.count;
    rightElements += right.count;
    end = offset + rows * columns;
  }
  if (count > end) rest.push({ offset: end, count: count - end });
  const restElements = rest.reduce((sum, range) => sum + range.count, 0);
  return { factored, rest, leftElements, rightElements, restElements };
}

/** Lengths of the arrays that are kept: the residual, and the right matrices of the last run. */
export function powerSGDArrays(powerSGD: PowerSGD, bucket: Bucket): readonly number[] {
  const { factored, rightElements } = powerSGDLayout(powerSGD, bucket);
  return bucket.size > 1 && factored.length > 0 ? [bucket.count, rightElements] : [];
}

export function powerSGDDemand(powerSGD: PowerSGD, bucket: Bucket): Demand {
  const arrays = powerSGDArrays(powerSGD, bucket);
  const { leftElements, restElements, rightElements } = powerSGDLayout(powerSGD, bucket);
  return {
    state: HookState.elements(arrays),
    exchange: arrays.length > 0 ? leftElements + restElements + rightElements : 0,
  };
}

/** Bytes that this member sends in the run after so many updates. */
export function powerSGDBytes(powerSGD: PowerSGD, bucket: Bucket, updates: number): number {
  const { factored, leftElements, restElements, rightElements } = powerSGDLayout(powerSGD, bucket);
  if (updates < powerSGD.startUpdates || factored.length === 0) {
    return allReduceBytes(bucket.size, bucket.count);
  }
  return (
    allReduceBytes(bucket.size, leftElements + restElements) +
    allReduceBytes(bucket.size, rightElements)
  );
}
