import {
  backend_util,
  MaxPoolGrad,
  type MaxPoolGradAttrs,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";

/**
 * tfjs' own starts its search for the largest at the smallest positive number, so windows of
 * negative values lose their gradient.
 */
export const maxPoolGrad = kernel<{ dy: TensorInfo; input: TensorInfo }, MaxPoolGradAttrs>(
  MaxPoolGrad,
  ({ inputs: { dy, input }, attrs, heap }) => {
    const { filterSize, strides, pad, dimRoundingMode } = attrs;
    const info = backend_util.computePool2DInfo(
      input.shape as [number, number, number, number],
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    if (isTwoByTwo(info)) {
      const out = heap.output(input.shape);
      heap.assembly.maxPoolGradient2x2(
        heap.addressOf(input),
        heap.addressOf(dy),
        heap.addressOf(out),
        info.batchSize,
        info.inHeight,
        info.inWidth,
        info.inChannels,
      );
      return out;
    }
    const out = heap.zeros(input.shape);
    heap.assembly.maxPoolGradient(
      heap.addressOf(input),
      heap.addressOf(dy),
      heap.addressOf(out),
      info.batchSize,
      info.inHeight,
      info.inWidth,
      info.inChannels,
      info.outHeight,
      info.outWidth,
      info.filterHeight,
      info.filterWidth,
      info.strideHeight,
      info.strideWidth,
      info.padInfo.top,
      info.padInfo.left,
    );
    return out;
  },
);

/** Windows side by side, with no padding, and whole registers of channels. */
function isTwoByTwo(info: backend_util.Conv2DInfo): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const { top, left, bottom, right } = padInfo;
  return (
    [filterHeight, filterWidth, strideHeight, strideWidth].every((size) => size === 2) &&
    [top, left, bottom, right].every((size) => size === 0) &&
    info.inChannels % 4 === 0
  );
}
