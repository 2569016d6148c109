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
import { convolve, filterAsMatrix } from "../convolve.js";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";
import { addAndActivate, isPerColumn } from "./add-and-activate.js";
import { fusedFlags } from "./fused-flags.js";

type Shape4D = [number, number, number, number];

export const conv2D = kernel<{ x: TensorInfo; filter: TensorInfo }, Conv2DAttrs>(
  Conv2D,
  ({ inputs, attrs, heap, original }) =>
    forward(heap, inputs.x, inputs.filter, attrs, undefined, activationFlags.linear) ?? original(),
);

export const fusedConv2D = kernel<FusedConv2DInputs, FusedConv2DAttrs>(
  FusedConv2D,
  ({ inputs, attrs, heap, original }) => {
    const { x, filter, bias } = inputs;
    const flags = fusedFlags(attrs.activation);
    if (flags !== undefined && isPerColumn(bias, filter.shape[3])) {
      return forward(heap, x, filter, attrs, bias, flags) ?? original();
    }
    const plain = forward(heap, x, filter, attrs, undefined, activationFlags.linear);
    return plain ? addAndActivate(heap, plain, { ...inputs, ...attrs }) : original();
  },
);

/** Undefined for dilated filters and channels first, which are left to tfjs' own kernel. */
function forward(
  heap: Heap,
  x: TensorInfo,
  filter: TensorInfo,
  { strides, dilations, pad, dimRoundingMode, dataFormat }: Conv2DAttrs | FusedConv2DAttrs,
  bias: TensorInfo | undefined,
  flags: number,
): TensorInfo | undefined {
  const info = backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filter.shape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
  if (info.dilationHeight > 1 || info.dilationWidth > 1 || info.dataFormat !== "channelsLast") {
    return undefined;
  }
  const out = heap.output(info.outShape);
  const { top, bottom, left, right } = info.padInfo;
  convolve(heap, {
    x: heap.addressOf(x),
    batch: info.batchSize,
    height: info.inHeight,
    width: info.inWidth,
    inChannels: info.inChannels,
    rim: { top, bottom, left, right },
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
