/**
 * Convolutions over volumes in NDHWC and their gradients. tfjs' own gradients are wrong (that by the
 * input always, that by the filter with strides), and its forward pass is one loop over scalars.
 *
 * A filter is a stack of two-dimensional ones, its taps: tap t takes plane `od · stride + t - front`
 * of the input to plane `od` of the output, for a range of `od`. So everything here is a
 * two-dimensional convolution for each tap, over that range of planes, added up.
 */
import {
  backend_util,
  Conv3D,
  type Conv3DAttrs,
  Conv3DBackpropFilterV2,
  type Conv3DBackpropFilterV2Attrs,
  Conv3DBackpropInputV2,
  type Conv3DBackpropInputV2Attrs,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { accumulate } from "../assembly.js";
import { withChannelsOfEight } from "../channels-of-eight.js";
import { withRim } from "../convolve.js";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";

type Shape5D = [number, number, number, number, number];
type Info = backend_util.Conv3DInfo;

export const conv3D = kernel<{ x: TensorInfo; filter: TensorInfo }, Conv3DAttrs>(
  Conv3D,
  ({ inputs: { x, filter }, attrs, heap, original }) => {
    const { strides, dilations, pad } = attrs;
    const shapes = [x.shape as Shape5D, filter.shape as Shape5D] as const;
    const info = backend_util.computeConv3DInfo(...shapes, strides, dilations, pad);
    if (Math.max(info.dilationDepth, info.dilationHeight, info.dilationWidth) > 1)
      return original();
    const { assembly } = heap;
    const { inChannels, outChannels } = info;
    const out = heap.zeros(info.outShape);
    const k = info.filterHeight * info.filterWidth * inChannels;
    const pixels = info.outHeight * info.outWidth;
    const packedBytes = assembly.packedBytes(k, outChannels);
    withPaddedPlanes(heap, info, x, (planes, height, width) => {
      const planeBytes = 4 * height * width * inChannels;
      heap.withScratch(packedBytes + 4 * pixels, (packed) => {
        const offsets = packed + packedBytes;
        assembly.patchOffsets(
          offsets,
          info.outHeight,
          info.outWidth,
          4 * info.strideHeight * width * inChannels,
          4 * info.strideWidth * inChannels,
        );
        for (const { tap, first, count, from } of tapsOf(info)) {
          const tapFilter = heap.addressOf(filter) + 4 * tap * k * outChannels;
          assembly.pack(tapFilter, 4 * outChannels, 4, k, outChannels, packed, 32 * k);
          for (let image = 0; image < info.batchSize; image++) {
            assembly.convolve(
              planes + (image * info.inDepth + from) * planeBytes,
              count,
              width,
              inChannels,
              planeBytes * info.strideDepth,
              info.filterHeight,
              info.filterWidth,
              offsets,
              pixels,
              packed,
              heap.addressOf(out) + 4 * (image * info.outDepth + first) * pixels * outChannels,
              outChannels,
              0,
              accumulate,
            );
          }
        }
      });
    });
    return out;
  },
);

export const conv3DBackpropFilter = kernel<
  { x: TensorInfo; dy: TensorInfo },
  Conv3DBackpropFilterV2Attrs
>(Conv3DBackpropFilterV2, ({ inputs: { x, dy }, attrs, heap }) => {
  const { strides, pad, filterShape } = attrs;
  const info = backend_util.computeConv3DInfo(x.shape as Shape5D, filterShape, strides, 1, pad);
  const { assembly } = heap;
  const { batchSize, inChannels, outChannels } = info;
  const out = heap.zeros(filterShape);
  const tapSize = info.filterHeight * info.filterWidth * inChannels * outChannels;
  const planeOfDy = info.outHeight * info.outWidth;
  withPaddedPlanes(heap, info, x, (planes, height, width) => {
    withChannelsOfEight(heap, dy, outChannels, (wideDy, dyStep) => {
      // One gradient for each image, which are then added up.
      heap.withScratch(4 * batchSize * tapSize, (parts) => {
        const planeBytes = 4 * height * width * inChannels;
        for (const { tap, first, count, from } of tapsOf(info)) {
          for (let image = 0; image < batchSize; image++) {
            assembly.convolveFilterGradient(
              planes + (image * info.inDepth + from) * planeBytes,
              count,
              width,
              inChannels,
              planeBytes * info.strideDepth,
              info.strideHeight,
              info.strideWidth,
              info.filterHeight,
              info.filterWidth,
              info.outHeight,
              info.outWidth,
              wideDy + (image * info.outDepth + first) * planeOfDy * dyStep,
              dyStep,
              parts + 4 * image * tapSize,
              outChannels,
            );
          }
          const target = heap.addressOf(out) + 4 * tap * tapSize;
          assembly.sumRows(parts, batchSize, tapSize, target, 1);
        }
      });
    });
  });
  return out;
});

export const conv3DBackpropInput = kernel<
  { dy: TensorInfo; filter: TensorInfo },
  Conv3DBackpropInputV2Attrs
>(Conv3DBackpropInputV2, ({ inputs: { dy, filter }, attrs, heap }) => {
  const { strides, pad, inputShape } = attrs;
  const filterShape = filter.shape as Shape5D;
  const info = backend_util.computeConv3DInfo(inputShape, filterShape, strides, 1, pad);
  const { assembly } = heap;
  const { inChannels, outChannels: k } = info;
  const out = heap.zeros(inputShape);
  const n = info.filterHeight * info.filterWidth * inChannels;
  const pixels = info.outHeight * info.outWidth;
  const packedBytes = assembly.packedBytes(k, n);
  heap.withScratch(packedBytes + 4 * pixels * n, (packed) => {
    const columns = packed + packedBytes;
    for (const { tap, first, count, from } of tapsOf(info)) {
      assembly.pack(heap.addressOf(filter) + 4 * tap * n * k, 4, 4 * k, k, n, packed, 32 * k);
      for (let i = 0; i < info.batchSize * count; i++) {
        const image = Math.floor(i / count);
        const plane = i % count;
        const dyPlane = image * info.outDepth + first + plane;
        const dxPlane = image * info.inDepth + from + plane * info.strideDepth;
        const dyAddress = heap.addressOf(dy) + 4 * dyPlane * pixels * k;
        assembly.multiply(dyAddress, 4 * k, 4, packed, columns, pixels, k, n, 0, 0);
        assembly.addPatches(
          columns,
          heap.addressOf(out) + 4 * dxPlane * info.inHeight * info.inWidth * inChannels,
          info.inHeight,
          info.inWidth,
          inChannels,
          info.filterHeight,
          info.filterWidth,
          info.strideHeight,
          info.strideWidth,
          info.padInfo.top,
          info.padInfo.left,
          info.outHeight,
          info.outWidth,
        );
      }
    }
  });
  return out;
});

/** A plane of the filter, and the planes it connects: `count` of the output from `first` on. */
interface Tap {
  readonly tap: number;
  readonly first: number;
  readonly count: number;
  /** The input's plane for the first of them; the next ones follow at the stride. */
  readonly from: number;
}

/** The taps that do not lie in the padding altogether. */
function tapsOf({ filterDepth, strideDepth, inDepth, outDepth, padInfo }: Info): Tap[] {
  return Array.from({ length: filterDepth }, (_, tap) => {
    const shift = tap - padInfo.front;
    const first = Math.max(0, Math.ceil(-shift / strideDepth));
    const end = Math.min(outDepth, Math.ceil((inDepth - shift) / strideDepth));
    return { tap, first, count: end - first, from: first * strideDepth + shift };
  }).filter(({ count }) => count > 0);
}

/**
 * tfjs' "same" padding of volumes is negative where a stride is larger than the filter: the first
 * rows or columns are then left out.
 */
function withPaddedPlanes(
  heap: Heap,
  info: Info,
  x: TensorInfo,
  use: (planes: number, height: number, width: number) => void,
): void {
  const { inChannels, padInfo } = info;
  const { top, bottom, left, right } = padInfo;
  const planes = {
    x: heap.addressOf(x),
    batch: info.batchSize * info.inDepth,
    height: info.inHeight,
    width: info.inWidth,
    inChannels,
    rim: {
      top: Math.max(top, 0),
      bottom: Math.max(bottom, 0),
      left: Math.max(left, 0),
      right: Math.max(right, 0),
    },
  };
  withRim(heap, planes, (padded, height, width) => {
    const skipped = Math.max(-top, 0) * width + Math.max(-left, 0);
    use(padded + 4 * skipped * inChannels, height, width);
  });
}
