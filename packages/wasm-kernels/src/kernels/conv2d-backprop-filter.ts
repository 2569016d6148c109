import {
  backend_util,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { withChannelsOfEight } from "../channels-of-eight.js";
import { isEmpty, rimOf, withRim } from "../convolve.js";
import { kernel } from "../kernel.js";

/** Gradient of a convolution by its filter, which tfjs' wasm backend lacks. */
export const conv2DBackpropFilter = kernel<
  { x: TensorInfo; dy: TensorInfo },
  Conv2DBackpropFilterAttrs
>(Conv2DBackpropFilter, ({ inputs: { x, dy }, attrs, heap }) => {
  const { strides, pad, dimRoundingMode, filterShape } = attrs;
  const info = backend_util.computeConv2DInfo(
    x.shape as [number, number, number, number],
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { batchSize: batch, inChannels, outChannels, outHeight, outWidth } = info;
  if (batch === 0 || isEmpty(info)) return heap.zeros(filterShape);
  const out = heap.output(filterShape);
  const { assembly } = heap;
  const images = {
    x: heap.addressOf(x),
    batch,
    height: info.inHeight,
    width: info.inWidth,
    inChannels,
    rim: rimOf(info),
  };
  withRim(heap, images, (padded, height, width) => {
    withChannelsOfEight(heap, dy, outChannels, (wideDy, dyStep) => {
      assembly.convolveFilterGradient(
        padded,
        batch,
        width,
        inChannels,
        4 * height * width * inChannels,
        info.strideHeight,
        info.strideWidth,
        info.filterHeight,
        info.filterWidth,
        outHeight,
        outWidth,
        wideDy,
        dyStep,
        heap.addressOf(out),
        outChannels,
      );
    });
  });
  return out;
});
