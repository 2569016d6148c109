import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap } from "./heap.js";

/**
 * The loop over filter gradients reads eight channels of dy at a time: where their number is no
 * multiple of that, `use` gets a copy in which each pixel has a few zeros more.
 */
export function withChannelsOfEight(
  heap: Heap,
  dy: TensorInfo,
  channels: number,
  use: (dy: number, pixelBytes: number) => void,
): void {
  const wide = (channels + 7) & ~7;
  const address = heap.addressOf(dy);
  if (wide === channels) {
    use(address, 4 * channels);
    return;
  }
  const pixels = util.sizeFromShape(dy.shape.slice(0, -1));
  heap.withScratch(4 * pixels * wide, (widened) => {
    const extra = wide - channels;
    heap.assembly.padImages(address, widened, pixels, 1, channels, 1, 0, 0, 0, extra);
    use(widened, 4 * wide);
  });
}
