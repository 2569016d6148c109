/**
 * Sums, means, the largest and the smallest along axes: tfjs transposes the whole tensor first
 * wherever the reduced axes are not the last ones, which the gradient of every bias, all of batch
 * normalization and global pools need.
 */
import {
  backend_util,
  type DataType,
  Max,
  type MaxAttrs,
  Mean,
  type MeanAttrs,
  Min,
  type MinAttrs,
  Sum,
  type SumAttrs,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";

export const sum = kernel<{ x: TensorInfo }, SumAttrs>(
  Sum,
  ({ inputs: { x }, attrs, heap, original }) => {
    const loops = ["sumColumns", "sumRows", () => 1] as const;
    return sumOfNothing(heap, x, attrs, x.dtype) ?? reduce(heap, x, attrs, loops) ?? original();
  },
);

export const mean = kernel<{ x: TensorInfo }, MeanAttrs>(
  Mean,
  ({ inputs: { x }, attrs, heap, original }) => {
    const loops = ["sumColumns", "sumRows", (count: number) => 1 / count] as const;
    return sumOfNothing(heap, x, attrs, "float32") ?? reduce(heap, x, attrs, loops) ?? original();
  },
);

export const max = kernel<{ x: TensorInfo }, MaxAttrs>(
  Max,
  ({ inputs: { x }, attrs: { reductionIndices: axis, keepDims }, heap, original }) =>
    reduce(heap, x, { axis, keepDims }, ["largestOfColumns", "largestOfRows", () => 0]) ??
    original(),
);

export const min = kernel<{ x: TensorInfo }, MinAttrs>(
  Min,
  ({ inputs: { x }, attrs, heap, original }) =>
    reduce(heap, x, attrs, ["largestOfColumns", "largestOfRows", () => signBit]) ?? original(),
);

const signBit = 1 << 31;

/** The loops along the last axis and along others, and their last argument for a number of values. */
type Loops = readonly [
  "sumColumns" | "largestOfColumns",
  "sumRows" | "largestOfRows",
  (count: number) => number,
];

/** tfjs' own returns what lies in memory; its cpu backend has 0 for the mean of nothing, too. */
function sumOfNothing(
  heap: Heap,
  x: TensorInfo,
  attrs: SumAttrs,
  dtype: DataType,
): TensorInfo | undefined {
  return x.shape.includes(0) ? heap.zeros(shapesOf(x, attrs).outShape, dtype) : undefined;
}

function shapesOf(x: TensorInfo, { axis, keepDims }: SumAttrs) {
  const axes = util.parseAxisParam(axis, x.shape);
  const [keptShape, reducedShape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const outShape = keepDims ? backend_util.expandShapeToKeepDim(keptShape, axes) : keptShape;
  return { axes, outShape, count: util.sizeFromShape(reducedShape) };
}

/** Undefined for other types than float32, for no values, and for axes that alternate with kept ones. */
function reduce(
  heap: Heap,
  x: TensorInfo,
  attrs: SumAttrs,
  [alongColumns, alongRows, lastOf]: Loops,
): TensorInfo | undefined {
  const { axes, outShape, count } = shapesOf(x, attrs);
  const groups = groupAxes(x.shape, axes);
  if (x.dtype !== "float32" || groups === undefined || x.shape.includes(0)) return undefined;
  const out = heap.output(outShape);
  const { outer, reduced, inner } = groups;
  const { assembly } = heap;
  const from = heap.addressOf(x);
  const to = heap.addressOf(out);
  const last = lastOf(count);
  if (inner === 1) {
    assembly[alongColumns](from, outer, reduced, to, last);
    return out;
  }
  for (let i = 0; i < outer; i++) {
    assembly[alongRows](from + 4 * i * reduced * inner, reduced, inner, to + 4 * i * inner, last);
  }
  return out;
}

interface AxisGroups {
  /** Product of the kept axes before the reduced ones. */
  readonly outer: number;
  readonly reduced: number;
  /** Product of the kept axes after them. */
  readonly inner: number;
}

/** The shape as kept × reduced × kept; undefined where it is not of that form. */
function groupAxes(shape: readonly number[], axes: readonly number[]): AxisGroups | undefined {
  const groups = { outer: 1, reduced: 1, inner: 1 };
  let part: keyof AxisGroups = "outer";
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    if (axes.includes(axis)) {
      if (part === "inner") return undefined;
      part = "reduced";
    } else if (part === "reduced") {
      part = "inner";
    }
    groups[part] *= size;
  }
  return groups;
}
