/** Clips that keep NaN, which tfjs' own make the lower end of the range: a diverged model then looks sound. */
import {
  Cast,
  ClipByValue,
  type ClipByValueAttrs,
  Relu6,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";
import { runKernel } from "../run-kernel.js";

export const relu6 = kernel<{ x: TensorInfo }, object>(
  Relu6,
  ({ inputs: { x }, heap, original }) => (x.dtype === "float32" ? clip(heap, x, 0, 6) : original()),
);

/** tfjs' own also takes integers for float32. Those beyond 2^24 lose their last bits here. */
export const clipByValue = kernel<{ x: TensorInfo }, ClipByValueAttrs>(
  ClipByValue,
  ({ inputs: { x }, attrs: { clipValueMin, clipValueMax }, heap }) => {
    if (x.dtype === "float32") return clip(heap, x, clipValueMin, clipValueMax);
    const floats = runKernel(heap, Cast, { x }, { dtype: "float32" });
    const clipped = clip(heap, floats, clipValueMin, clipValueMax);
    const out = runKernel(heap, Cast, { x: clipped }, { dtype: x.dtype });
    for (const { dataId } of [floats, clipped]) heap.backend.disposeData(dataId);
    return out;
  },
);

function clip(heap: Heap, x: TensorInfo, low: number, high: number): TensorInfo {
  const out = heap.output(x.shape);
  const count = util.sizeFromShape(x.shape);
  heap.assembly.clip(heap.addressOf(x), heap.addressOf(out), count, low, high);
  return out;
}
