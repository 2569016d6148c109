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
