/**
 * Between tensors and the arena, with one copy each way.
 *
 * The wasm backend shows its heap (`typedArrayFromHeap`), where `dataSync` would copy it first; and
 * it copies what a tensor is made from at once (`BackendWasm.move`), so a view of the arena will do.
 * The cpu backend keeps the very array a tensor is made from, and others may, so they get their own.
 *
 * Copies convert: cpu's `toFloat()` can leave an Int32Array under a float32 tensor.
 */
import * as tf from "@tensorflow/tfjs";
import { type DType } from "@kolo/core";
import { type Elements } from "@kolo/engine";

const pageElements = 4096 / 4;

/** A backend whose tensors lie in memory we can see. */
interface HeapBackend {
  typedArrayFromHeap(tensor: tf.TensorInfo): ArrayLike<number>;
}

/** Copies the values of `tensor` into `target`, which has as many elements. */
export function readInto(tensor: tf.Tensor, target: Elements): void {
  if (tensor.size === 0) return;
  const backend = heapBackend();
  if (backend === undefined || tensor.isDisposed) target.set(tensor.dataSync());
  else target.set(backend.typedArrayFromHeap(tensor));
}

/**
 * A new tensor with the values of `source`, which the caller may overwrite afterwards. Where the
 * backend keeps the array, that is `room`, if there is any: as long as `source`, and the tensor's from
 * then on.
 */
export function tensorFrom(
  source: Elements,
  shape: readonly number[],
  dtype: DType | "bool",
  room?: Elements,
): tf.Tensor {
  // tfjs does not change the shape it is given; its types want it mutable.
  return tf.tensor(kept(source, room), shape as number[], dtype);
}

function kept(source: Elements, room: Elements | undefined): Elements {
  if (heapBackend() !== undefined) return source;
  if (room === undefined) return source.slice();
  room.set(source);
  return room;
}

/**
 * Room for the values of a tensor that is to come, undefined where the backend needs none. The system
 * finds memory only when it is touched, which for large arrays takes longer than to fill them
 * (45 of 50 ms for 100 MiB): here it is touched, for whoever has time while an operation is under way.
 */
export function roomFor(elementCount: number, dtype: DType): Elements | undefined {
  if (heapBackend() !== undefined) return undefined;
  const room = dtype === "float32" ? new Float32Array(elementCount) : new Int32Array(elementCount);
  for (let index = 0; index < elementCount; index += pageElements) room[index] = 0;
  return room;
}

function heapBackend(): HeapBackend | undefined {
  const backend: object = tf.backend();
  return "typedArrayFromHeap" in backend ? (backend as HeapBackend) : undefined;
}
