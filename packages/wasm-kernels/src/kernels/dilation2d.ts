/**
 * Morphological dilation and its gradients: tfjs' own start their search for the largest at the
 * smallest positive number, as in max pooling. Rare enough for plain loops.
 */
import {
  backend_util,
  Dilation2D,
  type Dilation2DAttrs,
  Dilation2DBackpropFilter,
  Dilation2DBackpropInput,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";

interface Inputs {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
}

interface GradientInputs extends Inputs {
  readonly dy: TensorInfo;
}

export const dilation2D = kernel<Inputs, Dilation2DAttrs>(
  Dilation2D,
  ({ inputs, attrs, heap, original }) => {
    if (inputs.x.dtype !== "float32" || inputs.filter.dtype !== "float32") return original();
    const info = infoOf(inputs, attrs);
    const out = heap.output(info.outShape);
    const y = heap.values(out);
    visitLargest(heap, inputs, info, (at, largest) => {
      y[at] = largest;
    });
    return out;
  },
);

export const dilation2DBackpropFilter = kernel<GradientInputs, Dilation2DAttrs>(
  Dilation2DBackpropFilter,
  ({ inputs, attrs, heap }) => {
    const out = heap.zeros(inputs.filter.shape);
    const [gradient, dy] = [heap.values(out), heap.values(inputs.dy)];
    visitLargest(heap, inputs, infoOf(inputs, attrs), (at, _, tap) => {
      gradient[tap] = (gradient[tap] ?? 0) + (dy[at] ?? 0);
    });
    return out;
  },
);

export const dilation2DBackpropInput = kernel<GradientInputs, Dilation2DAttrs>(
  Dilation2DBackpropInput,
  ({ inputs, attrs, heap }) => {
    const out = heap.zeros(inputs.x.shape);
    const [gradient, dy] = [heap.values(out), heap.values(inputs.dy)];
    visitLargest(heap, inputs, infoOf(inputs, attrs), (at, _, __, pixel) => {
      gradient[pixel] = (gradient[pixel] ?? 0) + (dy[at] ?? 0);
    });
    return out;
  },
);

function infoOf({ x, filter }: Inputs, { strides, pad, dilations }: Dilation2DAttrs) {
  return backend_util.computeDilation2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number],
    strides,
    pad,
    "NHWC",
    dilations,
  );
}

/** For each output, the first largest sum of a tap and its pixel, and the indices of all three. */
function visitLargest(
  heap: Heap,
  inputs: Inputs,
  info: ReturnType<typeof infoOf>,
  visit: (at: number, largest: number, tap: number, pixel: number) => void,
): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, padInfo } = info;
  const [x, filter] = [heap.values(inputs.x), heap.values(inputs.filter)];
  const count = info.batchSize * outHeight * outWidth * inChannels;
  for (let at = 0; at < count; at++) {
    const channel = at % inChannels;
    const window = Math.floor(at / inChannels);
    const left = (window % outWidth) * info.strideWidth - padInfo.left;
    const top = (Math.floor(window / outWidth) % outHeight) * info.strideHeight - padInfo.top;
    const image = Math.floor(window / outWidth / outHeight);
    // cpu's, and its first tap and pixel where nothing is larger.
    let largest = Number.MIN_SAFE_INTEGER;
    let tap = channel;
    let pixel = pixelAt(image, Math.max(top, 0), Math.max(left, 0));
    for (let i = 0; i < info.filterHeight; i++) {
      const row = top + i * info.dilationHeight;
      if (row < 0 || row >= inHeight) continue;
      for (let j = 0; j < info.filterWidth; j++) {
        const column = left + j * info.dilationWidth;
        if (column < 0 || column >= inWidth) continue;
        const candidateTap = (i * info.filterWidth + j) * inChannels + channel;
        const candidatePixel = pixelAt(image, row, column);
        const sum = (x[candidatePixel] ?? NaN) + (filter[candidateTap] ?? NaN);
        if (sum > largest) [largest, tap, pixel] = [sum, candidateTap, candidatePixel];
      }
    }
    visit(at, largest, tap, pixel);

    function pixelAt(batch: number, row: number, column: number): number {
      return ((batch * inHeight + row) * inWidth + column) * inChannels + channel;
    }
  }
}
