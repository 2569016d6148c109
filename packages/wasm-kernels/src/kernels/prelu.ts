import { broadcast_util, Prelu, Reshape, type TensorInfo, Tile, util } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";
import { runKernel } from "../run-kernel.js";

/**
 * tfjs' own takes alpha's values for the last ones of each example, whatever its shape: right for
 * one for each channel, wrong for one for each row, as `sharedAxes` makes them.
 */
export const prelu = kernel<{ x: TensorInfo; alpha: TensorInfo }, object>(
  Prelu,
  ({ inputs: { x, alpha }, heap, original }) => {
    const shape = broadcast_util.assertAndGetBroadcastShape(x.shape, alpha.shape);
    const first = alpha.shape.findIndex((size) => size !== 1);
    const last = first === -1 ? [] : alpha.shape.slice(first);
    const isLastOfX = util.arraysEqual(last, x.shape.slice(x.shape.length - last.length));
    if (isLastOfX && util.arraysEqual(shape, x.shape)) return original();
    const wideX = repeat(heap, x, shape);
    const wideAlpha = repeat(heap, alpha, shape);
    const out = original({ inputs: { x: wideX, alpha: wideAlpha } });
    for (const wide of [wideX, wideAlpha]) heap.backend.disposeData(wide.dataId);
    return out;
  },
);

/** A tensor of `shape` from one that can be broadcast to it. */
function repeat(heap: Heap, x: TensorInfo, shape: readonly number[]): TensorInfo {
  const sameRank = [...shape.slice(x.shape.length).map(() => 1), ...x.shape];
  const reps = shape.map((size, axis) => (sameRank[axis] === size ? 1 : size));
  const reshaped = runKernel(heap, Reshape, { x }, { shape: sameRank });
  const repeated = runKernel(heap, Tile, { x: reshaped }, { reps });
  heap.backend.disposeData(reshaped.dataId);
  return repeated;
}
