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
} from "@tensorflow/tfjs-core";
import { spelledOut } from "../convolve.js";
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
  original,
}: KernelCall<Inputs, Attributes>): TensorInfo {
  if (attrs.pad === "valid") return original();
  const info = backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filter.shape as Shape4D,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    true,
  );
  return original({ attrs: spelledOut(info) });
}
