import { Tile, type TileAttrs, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";

/**
 * Repetition of a tensor along its axes, by copies of ever longer runs; tfjs copies value by value,
 * which made half of a training step with batch normalization.
 */
export const tile = kernel<{ x: TensorInfo }, TileAttrs>(
  Tile,
  ({ inputs: { x }, attrs: { reps }, heap, original }) => {
    if (x.dtype === "string") return original();
    const outShape = x.shape.map((size, axis) => size * (reps[axis] ?? 1));
    const out = heap.output(outShape, x.dtype);
    const bytes = heap.backend.wasm.HEAPU8;
    // Axes from here on are not repeated: they are one run.
    const lastRepeated = reps.findLastIndex((count) => count !== 1);
    const runBytes =
      util.sizeFromShape(x.shape.slice(lastRepeated + 1)) * util.bytesPerElement(x.dtype);
    let source = heap.addressOf(x);

    /** Writes the part of the output below `axis` at `target`; returns how many bytes it has. */
    const write = (axis: number, target: number): number => {
      if (axis > lastRepeated) {
        bytes.copyWithin(target, source, source + runBytes);
        source += runBytes;
        return runBytes;
      }
      const size = x.shape[axis] ?? 1;
      let once = 0;
      for (let i = 0; i < size; i++) once += write(axis + 1, target + once);
      const total = once * (reps[axis] ?? 1);
      for (let done = once; done < total;) {
        const next = Math.min(done, total - done);
        bytes.copyWithin(target + done, target, target + next);
        done += next;
      }
      return total;
    };
    if (!outShape.includes(0)) write(0, heap.addressOf(out));
    return out;
  },
);
