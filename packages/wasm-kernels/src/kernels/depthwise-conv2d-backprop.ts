/**
 * Gradients of depthwise convolutions, which tfjs' wasm backend lacks. Where there is a channel
 * multiplier, x is widened as in the forward pass, and the gradient by x summed at the end.
 */
import {
  DepthwiseConv2dNativeBackpropFilter,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  DepthwiseConv2dNativeBackpropInput,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";
import { planOf, type Shape4D } from "./depthwise-conv2d.js";

export const depthwiseConv2DBackpropFilter = kernel<
  { x: TensorInfo; dy: TensorInfo },
  DepthwiseConv2dNativeBackpropFilterAttrs
>(DepthwiseConv2dNativeBackpropFilter, ({ inputs: { x, dy }, attrs, heap }) => {
  const { assembly } = heap;
  const plan = planOf(x.shape as Shape4D, attrs.filterShape, attrs);
  const { batch, imageSize, outSize, multiplier, wideBytes } = plan;
  const out = heap.zeros(attrs.filterShape);
  const target = heap.addressOf(out);
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
  const { batch, imageSize, outSize, multiplier, wideBytes } = plan;
  const out = heap.zeros(attrs.inputShape);
  const filterAddress = heap.addressOf(filter);
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
