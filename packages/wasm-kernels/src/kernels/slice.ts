/**
 * Parts of tensors. tfjs' own copy the whole tensor out of the heap first, once for each part: a
 * recurrent network that takes its sequence apart step by step pays for it with every step.
 */
import {
  backend_util,
  Slice,
  type SliceAttrs,
  slice_util,
  SplitV,
  type SplitVAttrs,
  StridedSlice,
  type StridedSliceAttrs,
  type TensorInfo,
  Unpack,
  type UnpackAttrs,
  util,
} from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";
import { copyStrided, dimensionsOf, hasValues, stepsOf } from "../strided-copy.js";

export const slice = kernel<{ x: TensorInfo }, SliceAttrs>(
  Slice,
  ({ inputs: { x }, attrs, heap, original }) => {
    const [begin = [], size = []] = slice_util.parseSliceParams(x, attrs.begin, attrs.size);
    slice_util.assertParamsValid(x, begin, size);
    return hasValues(x) ? cut(heap, x, begin, size) : original();
  },
);

export const splitV = kernel<{ x: TensorInfo }, SplitVAttrs>(
  SplitV,
  ({ inputs: { x }, attrs, heap, original }) => {
    if (!hasValues(x)) return original();
    const [axis = 0] = util.parseAxisParam(attrs.axis, x.shape);
    let done = 0;
    return backend_util.prepareSplitSize(x, attrs.numOrSizeSplits, axis).map((count) => {
      const begin = x.shape.map((_, i) => (i === axis ? done : 0));
      done += count;
      return cut(heap, x, begin, x.shape.with(axis, count));
    });
  },
);

export const unpack = kernel<{ value: TensorInfo }, UnpackAttrs>(
  Unpack,
  ({ inputs: { value }, attrs, heap, original }) => {
    if (!hasValues(value)) return original();
    const axis = attrs.axis < 0 ? attrs.axis + value.shape.length : attrs.axis;
    const shape = value.shape.toSpliced(axis, 1);
    return Array.from({ length: value.shape[axis] ?? 0 }, (_, index) => {
      const begin = value.shape.map((_, i) => (i === axis ? index : 0));
      return { ...cut(heap, value, begin, value.shape.with(axis, 1)), shape };
    });
  },
);

export const stridedSlice = kernel<{ x: TensorInfo }, StridedSliceAttrs>(
  StridedSlice,
  ({ inputs: { x }, attrs, heap, original }) => {
    if (!hasValues(x)) return original();
    const { begin, strides, finalShapeSparse, finalShape } = slice_util.sliceInfo(
      x.shape,
      attrs.begin,
      attrs.end,
      attrs.strides,
      attrs.beginMask,
      attrs.endMask,
      attrs.ellipsisMask,
      attrs.newAxisMask,
      attrs.shrinkAxisMask,
    );
    return { ...cut(heap, x, begin, finalShapeSparse, strides), shape: finalShape };
  },
);

/** Every `strides`-th value from `begin` on. */
function cut(
  heap: Heap,
  x: TensorInfo,
  begin: readonly number[],
  size: readonly number[],
  strides: readonly number[] = [],
): TensorInfo {
  const out = heap.output(size, x.dtype);
  const steps = stepsOf(x.shape);
  const first = steps.reduce((sum, step, axis) => sum + step * (begin[axis] ?? 0), 0);
  const valueBytes = util.bytesPerElement(x.dtype);
  const dimensions = dimensionsOf(
    size,
    steps.map((step, axis) => step * (strides[axis] ?? 1)),
  );
  const source = heap.addressOf(x) + first * valueBytes;
  copyStrided(heap, source, heap.addressOf(out), dimensions, valueBytes);
  return out;
}
