/**
 * Average pooling over images and volumes, and its gradients. tfjs' gradients divide by the size of
 * the window also where it hangs over the rim and the average is that of fewer values; and tfjs'
 * pooling of images makes -Infinity of NaN.
 */
import {
  AvgPool,
  AvgPool3D,
  AvgPool3DGrad,
  type AvgPool3DAttrs,
  type AvgPool3DGradAttrs,
  type AvgPoolAttrs,
  AvgPoolGrad,
  type AvgPoolGradAttrs,
  backend_util,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";

type Info = backend_util.Conv3DInfo;

export const avgPool = kernel<{ x: TensorInfo }, AvgPoolAttrs>(
  AvgPool,
  ({ inputs: { x }, attrs, heap, original }) =>
    x.dtype === "float32" ? forward(heap, x, infoOfImages(x, attrs)) : original(),
);

export const avgPoolGrad = kernel<{ dy: TensorInfo; input: TensorInfo }, AvgPoolGradAttrs>(
  AvgPoolGrad,
  ({ inputs: { dy, input }, attrs, heap }) => backward(heap, dy, input, infoOfImages(input, attrs)),
);

export const avgPool3D = kernel<{ x: TensorInfo }, AvgPool3DAttrs>(
  AvgPool3D,
  ({ inputs: { x }, attrs, heap, original }) =>
    x.dtype === "float32" && attrs.dataFormat === "NDHWC"
      ? forward(heap, x, infoOfVolumes(x, attrs))
      : original(),
);

export const avgPool3DGrad = kernel<{ dy: TensorInfo; input: TensorInfo }, AvgPool3DGradAttrs>(
  AvgPool3DGrad,
  ({ inputs: { dy, input }, attrs, heap }) =>
    backward(heap, dy, input, infoOfVolumes(input, attrs)),
);

function forward(heap: Heap, x: TensorInfo, info: Info): TensorInfo {
  const [batch, depth, height, width, channels] = info.outShape;
  const isImage = x.shape.length === 4;
  const shape = isImage
    ? [batch, height, width, channels]
    : [batch, depth, height, width, channels];
  const out = heap.output(shape);
  heap.assembly.averagePool(heap.addressOf(x), heap.addressOf(out), 0, ...geometryOf(info));
  return out;
}

function backward(heap: Heap, dy: TensorInfo, input: TensorInfo, info: Info): TensorInfo {
  const out = heap.zeros(input.shape);
  // tfjs does not say how the forward pass has rounded the output's size; dy has it.
  const [outHeight = 0, outWidth = 0] = dy.shape.slice(-3);
  const outDepth = dy.shape.length === 5 ? (dy.shape[1] ?? 0) : 1;
  const geometry = geometryOf({ ...info, outDepth, outHeight, outWidth });
  heap.assembly.averagePool(heap.addressOf(out), heap.addressOf(dy), 1, ...geometry);
  return out;
}

function infoOfVolumes(
  x: TensorInfo,
  { filterSize, strides, pad, dimRoundingMode }: AvgPool3DAttrs | AvgPool3DGradAttrs,
): Info {
  const shape = x.shape as [number, number, number, number, number];
  return backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
}

/** As volumes of one plane. */
function infoOfImages(x: TensorInfo, attrs: AvgPoolAttrs | AvgPoolGradAttrs): Info {
  const { filterSize, strides, pad } = attrs;
  const rounding = "dimRoundingMode" in attrs ? attrs.dimRoundingMode : undefined;
  const shape = x.shape as [number, number, number, number];
  const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, rounding);
  const [batch, ...rest] = info.outShape;
  return {
    ...info,
    inDepth: 1,
    outDepth: 1,
    filterDepth: 1,
    strideDepth: 1,
    dilationDepth: 1,
    effectiveFilterDepth: 1,
    padInfo: { ...info.padInfo, front: 0, back: 0 },
    dataFormat: "channelsLast",
    inShape: [shape[0], 1, shape[1], shape[2], shape[3]],
    outShape: [batch, 1, ...rest],
    filterShape: [1, ...info.filterShape],
  };
}

/** What the loop takes after its addresses. */
function geometryOf(info: Info) {
  return [
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
  ] as const;
}
