/**
 * Gradients of resized images. Where a pixel of dy came from is found by resizing a ramp, one row or
 * column of indices, with the kernel of the forward pass: so both agree on every rounding, and on
 * centres of pixels, which tfjs' own gradients leave out.
 */
import {
  ResizeBilinear,
  type ResizeBilinearAttrs,
  ResizeBilinearGrad,
  type ResizeBilinearGradAttrs,
  ResizeNearestNeighbor,
  ResizeNearestNeighborGrad,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.js";
import { kernel, type TrainingKernel } from "../kernel.js";
import { runKernel } from "../run-kernel.js";

export const resizeBilinearGrad = gradientOf(ResizeBilinear, ResizeBilinearGrad);
export const resizeNearestNeighborGrad = gradientOf(
  ResizeNearestNeighbor,
  ResizeNearestNeighborGrad,
);

type Attributes = ResizeBilinearGradAttrs & Partial<Pick<ResizeBilinearAttrs, "halfPixelCenters">>;

function gradientOf(forward: string, backward: string): TrainingKernel {
  return kernel<{ images: TensorInfo; dy: TensorInfo }, Attributes>(
    backward,
    ({ inputs: { images, dy }, attrs, heap }) => {
      const out = heap.zeros(images.shape);
      const [batch = 0, height = 0, width = 0, channels = 0] = images.shape;
      const [, outHeight = 0, outWidth = 0] = dy.shape;
      if (images.shape.includes(0) || dy.shape.includes(0)) return out;
      const rows = sources(heap, forward, height, outHeight, attrs, "rows");
      const columns = sources(heap, forward, width, outWidth, attrs, "columns");
      heap.withScratch(12 * (outHeight + outWidth), (table) => {
        const bytes = heap.backend.wasm.HEAPU8;
        bytes.set(new Uint8Array(rows), table);
        bytes.set(new Uint8Array(columns), table + rows.byteLength);
        heap.assembly.addResized(
          heap.addressOf(dy),
          heap.addressOf(out),
          batch,
          height,
          width,
          channels,
          outHeight,
          outWidth,
          table,
          table + rows.byteLength,
        );
      });
      return out;
    },
  );
}

/** For each row or column of the resized image the two it lies between, and the second's weight. */
function sources(
  heap: Heap,
  forward: string,
  size: number,
  newSize: number,
  { alignCorners, halfPixelCenters }: Attributes,
  along: "rows" | "columns",
): ArrayBuffer {
  const isRows = along === "rows";
  const ramp = heap.output(isRows ? [1, size, 1, 1] : [1, 1, size, 1]);
  heap.values(ramp).set(Array.from({ length: size }, (_, index) => index));
  const resized = runKernel(
    heap,
    forward,
    { images: ramp },
    {
      alignCorners,
      halfPixelCenters,
      size: isRows ? [newSize, 1] : [1, newSize],
    },
  );
  const table = new DataView(new ArrayBuffer(12 * newSize));
  for (const [i, place] of heap.values(resized).entries()) {
    const first = Math.floor(place);
    table.setInt32(12 * i, first, true);
    table.setInt32(12 * i + 4, Math.min(first + 1, size - 1), true);
    table.setFloat32(12 * i + 8, place - first, true);
  }
  for (const { dataId } of [ramp, resized]) heap.backend.disposeData(dataId);
  return table.buffer;
}
