/** A convolution on the heap: pads where needed, packs the filter, and runs over the patches. */
import type { backend_util } from "@tensorflow/tfjs-core";
import type { Heap } from "./heap.js";

export interface Rim {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/**
 * The padding of a convolution, and what its patches read beyond that: they do where tfjs rounds the
 * output's size up, or takes a filter for as wide as it is high (as it does with a number for `pad`).
 */
export function rimOf(info: backend_util.Conv2DInfo): Rim {
  const { top, bottom, left, right } = info.padInfo;
  const readHeight = (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight;
  const readWidth = (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth;
  return {
    top,
    bottom: Math.max(bottom, readHeight - top - info.inHeight),
    left,
    right: Math.max(right, readWidth - left - info.inWidth),
  };
}

/** A filter that is larger than the image has an output of less than nothing; tfjs lets it pass. */
export function isEmpty({ outHeight, outWidth }: backend_util.Conv2DInfo): boolean {
  return outHeight <= 0 || outWidth <= 0;
}

/**
 * Attributes for tfjs' own kernels, which compute the output's size a second time, and would write
 * beyond its end where they come to another one. Throws where no padding leads to the same one.
 */
export function spelledOut(info: backend_util.Conv2DInfo): {
  readonly pad: backend_util.ExplicitPadding;
  readonly dimRoundingMode: "floor";
} {
  const { top, bottom, left, right } = rimOf(info);
  const height = info.inHeight + top + bottom - info.effectiveFilterHeight;
  const width = info.inWidth + left + right - info.effectiveFilterWidth;
  const rows = Math.floor(height / info.strideHeight) + 1;
  const columns = Math.floor(width / info.strideWidth) + 1;
  if (rows !== info.outHeight || columns !== info.outWidth) {
    throw new Error(
      `Expected an output of ${rows} × ${columns} from this convolution, and tfjs wants ` +
        `${info.outHeight} × ${info.outWidth}: it takes filters for square where the padding is a ` +
        "number. Give it as [[0, 0], [top, bottom], [left, right], [0, 0]].",
    );
  }
  return {
    pad: [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    dimRoundingMode: "floor",
  };
}

/** Writes the filter as panels of B[filterHeight·filterWidth·inChannels × outChannels]. */
export type PackFilter = (heap: Heap, target: number) => void;

export interface Convolution {
  readonly x: number;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly inChannels: number;
  /** Zeros around each image, in pixels. */
  readonly rim: Rim;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly filter: PackFilter;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly y: number;
  /** Address of outChannels values, or 0. */
  readonly bias: number;
  readonly flags: number;
}

export function convolve(heap: Heap, convolution: Convolution): void {
  const { assembly } = heap;
  const { batch, inChannels, outHeight, outWidth, outChannels } = convolution;
  const { filterHeight, filterWidth } = convolution;
  const k = filterHeight * filterWidth * inChannels;
  const pixels = outHeight * outWidth;
  const packedBytes = assembly.packedBytes(k, outChannels);
  withRim(heap, convolution, (x, height, width) => {
    heap.withScratch(packedBytes + 4 * pixels, (packed) => {
      const offsets = packed + packedBytes;
      convolution.filter(heap, packed);
      assembly.patchOffsets(
        offsets,
        outHeight,
        outWidth,
        4 * convolution.strideHeight * width * inChannels,
        4 * convolution.strideWidth * inChannels,
      );
      assembly.convolve(
        x,
        batch,
        width,
        inChannels,
        4 * height * width * inChannels,
        filterHeight,
        filterWidth,
        offsets,
        pixels,
        packed,
        convolution.y,
        outChannels,
        convolution.bias,
        convolution.flags,
      );
    });
  });
}

type Images = Pick<Convolution, "x" | "batch" | "height" | "width" | "inChannels" | "rim">;

/** The images with their rim of zeros, in scratch; or as they are where there is none. */
export function withRim(
  heap: Heap,
  { x, batch, height, width, inChannels, rim }: Images,
  use: (x: number, height: number, width: number) => void,
): void {
  const { top, bottom, left, right } = rim;
  if (top === 0 && bottom === 0 && left === 0 && right === 0) {
    use(x, height, width);
    return;
  }
  const padded = { height: top + height + bottom, width: left + width + right };
  heap.withScratch(4 * batch * padded.height * padded.width * inChannels, (target) => {
    heap.assembly.padImages(x, target, batch, height, width, inChannels, top, bottom, left, right);
    use(target, padded.height, padded.width);
  });
}

/** A filter in tfjs' HWIO is that matrix already. */
export function filterAsMatrix(filter: number, info: backend_util.Conv2DInfo): PackFilter {
  const k = info.filterHeight * info.filterWidth * info.inChannels;
  const n = info.outChannels;
  return ({ assembly }, target) => {
    assembly.pack(filter, 4 * n, 4, k, n, target, 32 * k);
  };
}
