import { Tile, type TileAttrs, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";
import { copyStrided, hasValues, stepsOf } from "../strided-copy.js";

/** Repetition along axes; tfjs copies value by value. */
export const tile = kernel<{ x: TensorInfo }, TileAttrs>(
  Tile,
  ({ inputs: { x }, attrs: { reps }, heap, original }) => {
    if (!hasValues(x)) return original();
    const shape = x.shape.map((size, axis) => size * (reps[axis] ?? 1));
    const out = heap.output(shape, x.dtype);
    const [fromSteps, toSteps] = [stepsOf(x.shape), stepsOf(shape)];
    // Each axis in two: the repetitions, which all come from the same place, and what is repeated.
    const dimensions = x.shape.flatMap((size, axis) => {
      const [from = 1, to = 1] = [fromSteps[axis], toSteps[axis]];
      return [
        { size: reps[axis] ?? 1, from: 0, to: size * to },
        { size, from, to },
      ];
    });
    const valueBytes = util.bytesPerElement(x.dtype);
    copyStrided(heap, heap.addressOf(x), heap.addressOf(out), dimensions, valueBytes);
    return out;
  },
);
