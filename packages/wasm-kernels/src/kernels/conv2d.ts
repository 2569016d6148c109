import {
  backend_util,
  Conv2D,
  type Conv2DAttrs,
  FusedConv2D,
  type FusedConv2DAttrs,
  type FusedConv2DInputs,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { activationFlags } from "../assembly.js";
import { convolve, filterAsMatrix, isEmpty, rimOf, spelledOut } from "../convolve.js";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";
import { addAndActivate, isPerColumn } from "./add-and-activate.js";
import { fusedFlags } from "./fused-flags.js";

type Shape4D = [number, number, number, number];

interface Inputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
}

export const conv2D = kernel<Inputs, Conv2DAttrs>(Conv2D, ({ inputs, attrs, heap, original }) => {
  const info = infoOf(inputs, attrs);
  if (isDilated(info) && !isEmpty(info)) return original({ attrs: spelledOut(info) });
  return forward(heap, inputs, info, undefined, activationFlags.linear);
});

export const fusedConv2D = kernel<FusedConv2DInputs, FusedConv2DAttrs>(
  FusedConv2D,
  ({ inputs, attrs, heap, original }) => {
    const info = infoOf(inputs, attrs);
    if (isDilated(info) && !isEmpty(info)) return original({ attrs: spelledOut(info) });
    const flags = fusedFlags(attrs.activation);
    if (flags !== undefined && isPerColumn(inputs.bias, info.outChannels)) {
      return forward(heap, inputs, info, inputs.bias, flags);
    }
    const plain = forward(heap, inputs, info, undefined, activationFlags.linear);
    return addAndActivate(heap, plain, { ...inputs, ...attrs });
  },
);

function infoOf(
  { x, filter }: Inputs,
  { strides, dilations, pad, dimRoundingMode }: Conv2DAttrs | FusedConv2DAttrs,
): backend_util.Conv2DInfo {
  return backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filter.shape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
}

/** Such filters are left to tfjs' own kernel. */
function isDilated({ dilationHeight, dilationWidth }: backend_util.Conv2DInfo): boolean {
  return dilationHeight > 1 || dilationWidth > 1;
}

function forward(
  heap: Heap,
  { x, filter }: Inputs,
  info: backend_util.Conv2DInfo,
  bias: TensorInfo | undefined,
  flags: number,
): TensorInfo {
  if (isEmpty(info)) return heap.zeros(info.outShape);
  const out = heap.output(info.outShape);
  convolve(heap, {
    x: heap.addressOf(x),
    batch: info.batchSize,
    height: info.inHeight,
    width: info.inWidth,
    inChannels: info.inChannels,
    rim: rimOf(info),
    strideHeight: info.strideHeight,
    strideWidth: info.strideWidth,
    filterHeight: info.filterHeight,
    filterWidth: info.filterWidth,
    filter: filterAsMatrix(heap.addressOf(filter), info),
    outHeight: info.outHeight,
    outWidth: info.outWidth,
    outChannels: info.outChannels,
    y: heap.addressOf(out),
    bias: bias ? heap.addressOf(bias) : 0,
    flags,
  });
  return out;
}
