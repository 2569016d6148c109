import { Reverse, type ReverseAttrs, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";
import { copyStrided, dimensionsOf, hasValues, stepsOf } from "../strided-copy.js";

/** tfjs' own looks for the place of each value anew, and takes booleans for float32. */
export const reverse = kernel<{ x: TensorInfo }, ReverseAttrs>(
  Reverse,
  ({ inputs: { x }, attrs: { dims }, heap, original }) => {
    if (!hasValues(x)) return original();
    const axes = util.parseAxisParam(dims, x.shape);
    const out = heap.output(x.shape, x.dtype);
    let last = 0;
    const steps = stepsOf(x.shape).map((step, axis) => {
      if (!axes.includes(axis)) return step;
      last += step * ((x.shape[axis] ?? 1) - 1);
      return -step;
    });
    const valueBytes = util.bytesPerElement(x.dtype);
    const source = heap.addressOf(x) + last * valueBytes;
    const dimensions = dimensionsOf(x.shape, steps);
    copyStrided(heap, source, heap.addressOf(out), dimensions, valueBytes);
    return out;
  },
);
