/**
 * Depthwise convolutions. With "same" padding and a stride that leaves some of the image unread tfjs'
 * own return zeros; where the padding is a number, not always an output of the size that tfjs expects;
 * and NaN comes out of them as -Infinity, which an activation then hides.
 *
 * With a channel multiplier m, output channel c·m + j comes from input channel c alone. So the loops,
 * here and in the gradients, only know filters with one output for each input: x is widened to all
 * output channels first, image by image, so that this needs little memory and stays in cache.
 */
import {
  backend_util,
  DepthwiseConv2dNative,
  type DepthwiseConv2dNativeAttrs,
  type FusedConv2DAttrs,
  FusedDepthwiseConv2D,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { isEmpty } from "../convolve.js";
import { kernel, type KernelCall } from "../kernel.js";
import { addAndActivate } from "./add-and-activate.js";

export type Shape4D = [number, number, number, number];

interface Attributes extends Omit<DepthwiseConv2dNativeAttrs, "dilations"> {
  /** None where tfjs' layers call it. */
  readonly dilations: DepthwiseConv2dNativeAttrs["dilations"] | null;
}

interface Inputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
}

interface FusedInputs extends Inputs {
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
}

type FusedAttributes = Attributes & Pick<FusedConv2DAttrs, "activation" | "leakyreluAlpha">;

export const depthwiseConv2D = kernel<Inputs, Attributes>(DepthwiseConv2dNative, forward);

export const fusedDepthwiseConv2D = kernel<FusedInputs, FusedAttributes>(
  FusedDepthwiseConv2D,
  (call) => addAndActivate(call.heap, forward(call), { ...call.inputs, ...call.attrs }),
);

function forward({
  inputs: { x, filter },
  attrs,
  heap,
  original,
}: KernelCall<Inputs, Attributes>): TensorInfo {
  // tfjs' own says that it cannot.
  if (attrs.dataFormat === "NCHW") return original();
  const { strides } = attrs;
  const dilations = attrs.dilations ?? 1;
  util.assert(
    backend_util.eitherStridesOrDilationsAreOne(strides, dilations),
    () =>
      "Error in depthwiseConv2d: Either strides or dilations must be 1. " +
      `Got strides ${String(strides)} and dilations '${String(attrs.dilations)}'`,
  );
  const plan = planOf(x.shape as Shape4D, filter.shape as Shape4D, { ...attrs, dilations });
  const { batch, imageSize, outSize, multiplier, info } = plan;
  if (isEmpty(info)) return heap.zeros(info.outShape);
  const out = heap.output(info.outShape);
  const { assembly } = heap;
  heap.withScratch(plan.wideBytes, (wide) => {
    for (let image = 0; image < batch; image++) {
      let from = heap.addressOf(x) + 4 * image * imageSize;
      if (multiplier > 1) {
        assembly.repeatValues(from, wide, imageSize, multiplier);
        from = wide;
      }
      const to = heap.addressOf(out) + 4 * image * outSize;
      assembly.depthwise(from, heap.addressOf(filter), to, ...plan.geometry);
    }
  });
  return out;
}

/** What the loops over depthwise filters take, forwards and back. */
export function planOf(
  inputShape: Shape4D,
  filterShape: Shape4D,
  {
    strides,
    dilations,
    pad,
    dimRoundingMode,
  }: Pick<DepthwiseConv2dNativeAttrs, "strides" | "dilations" | "pad" | "dimRoundingMode">,
) {
  const info = backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    true,
  );
  const imageSize = info.inHeight * info.inWidth * info.inChannels;
  const multiplier = info.outChannels / info.inChannels;
  return {
    info,
    batch: info.batchSize,
    imageSize,
    outSize: info.outHeight * info.outWidth * info.outChannels,
    multiplier,
    /** Of an image that is widened to the output's channels; nothing where it has as many. */
    wideBytes: multiplier === 1 ? 0 : 4 * imageSize * multiplier,
    /** What the loops take after their three addresses. */
    geometry: [
      info.inHeight,
      info.inWidth,
      info.outChannels,
      info.outHeight,
      info.outWidth,
      info.filterHeight,
      info.filterWidth,
      info.strideHeight,
      info.strideWidth,
      info.dilationHeight,
      info.dilationWidth,
      info.padInfo.top,
      info.padInfo.left,
    ] as const,
  };
}
