import {
  backend_util,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { activationFlags } from "../assembly.js";
import { convolve, isEmpty, type PackFilter, type Rim } from "../convolve.js";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";

/**
 * Gradient of a convolution by its input, which is also a transposed convolution: with a stride of
 * one the convolution of dy with the filter turned round, else patches of dy · filterᵀ added up.
 */
export const conv2DBackpropInput = kernel<
  { dy: TensorInfo; filter: TensorInfo },
  Conv2DBackpropInputAttrs
>(Conv2DBackpropInput, ({ inputs: { dy, filter }, attrs, heap }) => {
  const { strides, pad, dimRoundingMode, inputShape } = attrs;
  const info = backend_util.computeConv2DInfo(
    inputShape,
    filter.shape as [number, number, number, number],
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  if (isEmpty(info)) return heap.zeros(inputShape);
  const rim = turnedRim(info);
  return canTurn(info, rim)
    ? convolveTurned(heap, info, dy, filter, rim)
    : addPatches(heap, info, dy, filter);
});

/**
 * A turned convolution also computes over the rim of zeros. Where that is much of the image, adding
 * patches costs less, if they have runs of some length.
 */
function canTurn(info: backend_util.Conv2DInfo, rim: Rim): boolean {
  const isDense = info.strideHeight === 1 && info.strideWidth === 1;
  const waste = (info.inHeight * info.inWidth) / (info.outHeight * info.outWidth);
  return (
    isDense &&
    Math.min(rim.top, rim.bottom, rim.left, rim.right) >= 0 &&
    (waste < 1.25 || info.inChannels < 16)
  );
}

/** The zeros that dy needs for a convolution over it to have the size of the input. */
function turnedRim({ padInfo, filterHeight, filterWidth, ...info }: backend_util.Conv2DInfo): Rim {
  const top = filterHeight - 1 - padInfo.top;
  const left = filterWidth - 1 - padInfo.left;
  return {
    top,
    left,
    bottom: info.inHeight - info.outHeight - top + filterHeight - 1,
    right: info.inWidth - info.outWidth - left + filterWidth - 1,
  };
}

function convolveTurned(
  heap: Heap,
  info: backend_util.Conv2DInfo,
  dy: TensorInfo,
  filter: TensorInfo,
  rim: Rim,
): TensorInfo {
  const out = heap.output(info.inShape);
  convolve(heap, {
    x: heap.addressOf(dy),
    batch: info.batchSize,
    height: info.outHeight,
    width: info.outWidth,
    inChannels: info.outChannels,
    rim,
    strideHeight: 1,
    strideWidth: 1,
    filterHeight: info.filterHeight,
    filterWidth: info.filterWidth,
    filter: turnedFilter(heap.addressOf(filter), info),
    outHeight: info.inHeight,
    outWidth: info.inWidth,
    outChannels: info.inChannels,
    y: heap.addressOf(out),
    bias: 0,
    flags: activationFlags.linear,
  });
  return out;
}

/** The filter turned by half a turn, its in and out channels exchanged, tap by tap. */
function turnedFilter(filter: number, info: backend_util.Conv2DInfo): PackFilter {
  const { inChannels, outChannels } = info;
  const taps = info.filterHeight * info.filterWidth;
  const tapBytes = 4 * inChannels * outChannels;
  return ({ assembly }, target) => {
    for (let tap = 0; tap < taps; tap++) {
      assembly.pack(
        filter + (taps - 1 - tap) * tapBytes,
        4,
        4 * outChannels,
        outChannels,
        inChannels,
        target + 32 * tap * outChannels,
        32 * taps * outChannels,
      );
    }
  };
}

function addPatches(
  heap: Heap,
  info: backend_util.Conv2DInfo,
  dy: TensorInfo,
  filter: TensorInfo,
): TensorInfo {
  const { assembly } = heap;
  const { outChannels: k, inChannels, inHeight, inWidth, padInfo } = info;
  const n = info.filterHeight * info.filterWidth * inChannels;
  const pixels = info.outHeight * info.outWidth;
  const out = heap.zeros(info.inShape);
  const packedBytes = assembly.packedBytes(k, n);
  heap.withScratch(packedBytes + 4 * pixels * n, (packed) => {
    const columns = packed + packedBytes;
    assembly.pack(heap.addressOf(filter), 4, 4 * k, k, n, packed, 32 * k);
    for (let image = 0; image < info.batchSize; image++) {
      const dyImage = heap.addressOf(dy) + 4 * image * pixels * k;
      assembly.multiply(dyImage, 4 * k, 4, packed, columns, pixels, k, n, 0, 0);
      assembly.addPatches(
        columns,
        heap.addressOf(out) + 4 * image * inHeight * inWidth * inChannels,
        inHeight,
        inWidth,
        inChannels,
        info.filterHeight,
        info.filterWidth,
        info.strideHeight,
        info.strideWidth,
        padInfo.top,
        padInfo.left,
        info.outHeight,
        info.outWidth,
      );
    }
  });
  return out;
}
