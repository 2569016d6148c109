/**
 * Max pooling over volumes and its gradient: tfjs' own start their search for the largest at the
 * smallest positive number, so windows of negative values give a wrong value and lose their gradient.
 */
import {
  backend_util,
  MaxPool3D,
  type MaxPool3DAttrs,
  MaxPool3DGrad,
  type MaxPool3DGradAttrs,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";

type Shape5D = [number, number, number, number, number];

export const maxPool3D = kernel<{ x: TensorInfo }, MaxPool3DAttrs>(
  MaxPool3D,
  ({ inputs: { x }, attrs, heap }) => {
    const info = infoOf(x, attrs, attrs.dataFormat);
    const out = heap.output(info.outShape);
    pool(heap, info, x, out, undefined);
    return out;
  },
);

export const maxPool3DGrad = kernel<{ dy: TensorInfo; input: TensorInfo }, MaxPool3DGradAttrs>(
  MaxPool3DGrad,
  ({ inputs: { dy, input }, attrs, heap }) => {
    const out = heap.zeros(input.shape);
    pool(heap, infoOf(input, attrs), input, dy, out);
    return out;
  },
);

function infoOf(
  x: TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: MaxPool3DAttrs | MaxPool3DGradAttrs,
  dataFormat?: "NDHWC" | "NCDHW",
): backend_util.Conv3DInfo {
  util.assert(
    x.dtype === "float32",
    () => `Error in MaxPool3D: only float32 input is supported. Got ${x.dtype}.`,
  );
  return backend_util.computePool3DInfo(
    x.shape as Shape5D,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
    dataFormat,
  );
}

/** With a target, y is the gradient by the output, and the target gets that by x. */
function pool(
  heap: Heap,
  info: backend_util.Conv3DInfo,
  x: TensorInfo,
  y: TensorInfo,
  target: TensorInfo | undefined,
): void {
  heap.assembly.maxPool3D(
    heap.addressOf(x),
    heap.addressOf(y),
    target ? heap.addressOf(target) : 0,
    info.batchSize,
    info.inDepth,
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.outDepth,
    info.outHeight,
    info.outWidth,
    info.filterDepth,
    info.filterHeight,
    info.filterWidth,
    info.strideDepth,
    info.strideHeight,
    info.strideWidth,
    info.padInfo.front,
    info.padInfo.top,
    info.padInfo.left,
  );
}
