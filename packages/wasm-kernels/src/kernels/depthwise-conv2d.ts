/**
 * Depthwise convolutions, by tfjs' own kernels: only the padding is spelled out for them. With "same"
 * padding and a stride that leaves some of the image unread they return zeros, and where the padding
 * is a number, not always an output of the size that tfjs expects.
 */
import {
  backend_util,
  DepthwiseConv2dNative,
  type DepthwiseConv2dNativeAttrs,
  FusedDepthwiseConv2D,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { isEmpty, spelledOut } from "../convolve.js";
import { kernel, type KernelCall } from "../kernel.js";

type Shape4D = [number, number, number, number];
interface Attributes extends Omit<DepthwiseConv2dNativeAttrs, "dilations"> {
  /** None where tfjs' layers call it. */
  readonly dilations: DepthwiseConv2dNativeAttrs["dilations"] | null;
}

interface Inputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
}

export const depthwiseConv2D = kernel<Inputs, Attributes>(
  DepthwiseConv2dNative,
  withPaddingSpelledOut,
);

export const fusedDepthwiseConv2D = kernel<Inputs, Attributes>(
  FusedDepthwiseConv2D,
  withPaddingSpelledOut,
);

function withPaddingSpelledOut({
  inputs: { x, filter },
  attrs,
  heap,
  original,
}: KernelCall<Inputs, Attributes>): TensorInfo {
  const { strides, dilations } = attrs;
  util.assert(
    backend_util.eitherStridesOrDilationsAreOne(strides, dilations ?? 1),
    () =>
      "Error in depthwiseConv2d: Either strides or dilations must be 1. " +
      `Got strides ${String(strides)} and dilations '${String(dilations)}'`,
  );
  const info = backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filter.shape as Shape4D,
    strides,
    dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    true,
  );
  if (isEmpty(info)) return heap.zeros(info.outShape);
  return original(attrs.pad === "valid" ? {} : { attrs: spelledOut(info) });
}
