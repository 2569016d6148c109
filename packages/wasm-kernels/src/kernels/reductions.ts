/**
 * Sum and Mean: tfjs transposes the whole tensor first wherever the reduced axes are not the last
 * ones, which the gradient of every bias and all of batch normalization need.
 */
import {
  backend_util,
  type DataType,
  Mean,
  type MeanAttrs,
  Sum,
  type SumAttrs,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";

export const sum = kernel<{ x: TensorInfo }, SumAttrs>(
  Sum,
  ({ inputs: { x }, attrs, heap, original }) =>
    reduce(heap, x, attrs, x.dtype, () => 1) ?? original(),
);

export const mean = kernel<{ x: TensorInfo }, MeanAttrs>(
  Mean,
  ({ inputs: { x }, attrs, heap, original }) =>
    reduce(heap, x, attrs, "float32", (count) => 1 / count) ?? original(),
);

/** Undefined for other types than float32 and for axes that alternate with kept ones. */
function reduce(
  heap: Heap,
  x: TensorInfo,
  { axis, keepDims }: SumAttrs | MeanAttrs,
  /** Of the result. */
  dtype: DataType,
  scaleOf: (count: number) => number,
): TensorInfo | undefined {
  const axes = util.parseAxisParam(axis, x.shape);
  const [keptShape, reducedShape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const outShape = keepDims ? backend_util.expandShapeToKeepDim(keptShape, axes) : keptShape;
  // tfjs' own returns what lies in memory; its cpu backend has 0 for the mean of nothing, too.
  if (x.shape.includes(0)) return heap.zeros(outShape, dtype);
  const groups = groupAxes(x.shape, axes);
  if (x.dtype !== "float32" || groups === undefined) return undefined;
  const out = heap.output(outShape);
  const { outer, reduced, inner } = groups;
  const from = heap.addressOf(x);
  const to = heap.addressOf(out);
  const scale = scaleOf(util.sizeFromShape(reducedShape));
  if (inner === 1) {
    heap.assembly.sumColumns(from, outer, reduced, to, scale);
  } else {
    for (let i = 0; i < outer; i++) {
      heap.assembly.sumRows(
        from + 4 * i * reduced * inner,
        reduced,
        inner,
        to + 4 * i * inner,
        scale,
      );
    }
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
export function groupAxes(
  shape: readonly number[],
  axes: readonly number[],
): AxisGroups | undefined {
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
