import { type TensorInfo, Transpose, type TransposeAttrs, util } from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";
import { copyStrided, dimensionsOf, hasValues, stepsOf } from "../strided-copy.js";

/**
 * In blocks of 4 × 4, for any number of axes: tfjs' own goes value by value along the source where
 * there are two or more than four, and divides by zero where there are no values.
 */
export const transpose = kernel<{ x: TensorInfo }, TransposeAttrs>(
  Transpose,
  ({ inputs: { x }, attrs: { perm }, heap, original }) => {
    if (!hasValues(x)) return original();
    const along = (values: readonly number[]) => perm.map((axis) => values[axis] ?? 0);
    const out = heap.output(along(x.shape), x.dtype);
    const dimensions = dimensionsOf(out.shape, along(stepsOf(x.shape)));
    const valueBytes = util.bytesPerElement(x.dtype);
    copyStrided(heap, heap.addressOf(x), heap.addressOf(out), dimensions, valueBytes);
    return out;
  },
);
