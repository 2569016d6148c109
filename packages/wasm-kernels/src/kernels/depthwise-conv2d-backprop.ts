/**
 * Gradients of depthwise convolutions, which tfjs' wasm backend lacks.
 *
 * With a channel multiplier m, output channel c·m + j comes from input channel c alone. So the loops
 * only know filters with one output for each input: x is widened to all output channels first, and
 * the gradient by x is summed over each m of them at the end; image by image, so that this needs
 * little memory and stays in cache.
 */
import {
  backend_util,
  DepthwiseConv2dNativeBackpropFilter,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  DepthwiseConv2dNativeBackpropInput,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";

type Shape4D = [number, number, number, number];

export const depthwiseConv2DBackpropFilter = kernel<
  { x: TensorInfo; dy: TensorInfo },
  DepthwiseConv2dNativeBackpropFilterAttrs
>(DepthwiseConv2dNativeBackpropFilter, ({ inputs: { x, dy }, attrs, heap }) => {
  const { assembly } = heap;
  const plan = planOf(x.shape as Shape4D, attrs.filterShape, attrs);
  const { batch, imageSize, outSize, multiplier } = plan;
  const out = heap.zeros(attrs.filterShape);
  const target = heap.addressOf(out);
  const wideBytes = multiplier === 1 ? 0 : 4 * imageSize * multiplier;
  heap.withScratch(wideBytes, (wide) => {
    for (let image = 0; image < batch; image++) {
      let xImage = heap.addressOf(x) + 4 * image * imageSize;
      if (multiplier > 1) {
        assembly.repeatValues(xImage, wide, imageSize, multiplier);
        xImage = wide;
      }
      const dyImage = heap.addressOf(dy) + 4 * image * outSize;
      assembly.depthwiseFilterGradient(xImage, dyImage, target, ...plan.geometry);
    }
  });
  return out;
});

export const depthwiseConv2DBackpropInput = kernel<
  { dy: TensorInfo; filter: TensorInfo },
  DepthwiseConv2dNativeBackpropInputAttrs
>(DepthwiseConv2dNativeBackpropInput, ({ inputs: { dy, filter }, attrs, heap }) => {
  const { assembly } = heap;
  const plan = planOf(attrs.inputShape, filter.shape as Shape4D, attrs);
  const { batch, imageSize, outSize, multiplier } = plan;
  const out = heap.zeros(attrs.inputShape);
  const filterAddress = heap.addressOf(filter);
  const wideBytes = multiplier === 1 ? 0 : 4 * imageSize * multiplier;
  heap.withScratch(wideBytes, (wide) => {
    for (let image = 0; image < batch; image++) {
      const target = heap.addressOf(out) + 4 * image * imageSize;
      const dyImage = heap.addressOf(dy) + 4 * image * outSize;
      if (multiplier === 1) {
        assembly.depthwiseInputGradient(dyImage, filterAddress, target, ...plan.geometry);
      } else {
        heap.backend.wasm.HEAPU8.fill(0, wide, wide + wideBytes);
        assembly.depthwiseInputGradient(dyImage, filterAddress, wide, ...plan.geometry);
        assembly.sumColumns(wide, imageSize, multiplier, target, 1);
      }
    }
  });
  return out;
});

type Attributes = Pick<
  DepthwiseConv2dNativeBackpropFilterAttrs,
  "strides" | "dilations" | "pad" | "dimRoundingMode"
>;

function planOf(
  inputShape: Shape4D,
  filterShape: Shape4D,
  { strides, dilations, pad, dimRoundingMode }: Attributes,
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
  return {
    batch: info.batchSize,
    imageSize: info.inHeight * info.inWidth * info.inChannels,
    outSize: info.outHeight * info.outWidth * info.outChannels,
    multiplier: info.outChannels / info.inChannels,
    /** What both loops take after their three addresses. */
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
