import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap } from "./heap.js";
import { copyStrided, stepsOf } from "./strided-copy.js";

/**
 * Gives `use` the tensors in forms that tfjs' loops over values are quick with: of the same shape, or
 * of its last axes alone. Others, which they take twenty times as long for, are written out first.
 */
export function withBroadcast<Result>(
  heap: Heap,
  tensors: readonly TensorInfo[],
  shape: readonly number[],
  /** Whether the last axes alone will do. */
  areLastEnough: boolean,
  use: (tensors: readonly TensorInfo[]) => Result,
): Result {
  const written: TensorInfo[] = [];
  const ready = tensors.map((x) => {
    if (util.arraysEqual(x.shape, [...shape])) return x;
    const firstAxis = x.shape.findIndex((size) => size !== 1);
    const last = firstAxis === -1 ? [] : x.shape.slice(firstAxis);
    const isLast = util.arraysEqual(last, shape.slice(shape.length - last.length));
    if (areLastEnough && isLast) return { dataId: x.dataId, shape: last, dtype: x.dtype };
    const whole = broadcastTo(heap, x, shape);
    written.push(whole);
    return whole;
  });
  try {
    return use(ready);
  } finally {
    for (const { dataId } of written) heap.backend.disposeData(dataId);
  }
}

/** A tensor of `shape` from one that can be broadcast to it. The caller owns it. */
function broadcastTo(heap: Heap, x: TensorInfo, shape: readonly number[]): TensorInfo {
  const out = heap.output(shape, x.dtype);
  const [fromSteps, toSteps] = [stepsOf(x.shape), stepsOf(shape)];
  const missing = shape.length - x.shape.length;
  const dimensions = shape.map((size, axis) => {
    const isOwn = axis >= missing && x.shape[axis - missing] === size;
    return { size, from: isOwn ? (fromSteps[axis - missing] ?? 0) : 0, to: toSteps[axis] ?? 1 };
  });
  const valueBytes = util.bytesPerElement(x.dtype);
  copyStrided(heap, heap.addressOf(x), heap.addressOf(out), dimensions, valueBytes);
  return out;
}
