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

/** A backend whose tensors lie in memory we can see. */
export interface HeapBackend extends tf.KernelBackend {
  typedArrayFromHeap(tensor: tf.TensorInfo): Elements;
}

/** The values of `tensor`, to be read before another tensor is made. */
export function valuesOf(tensor: tf.Tensor): tf.TypedArray {
  const backend = heapBackend();
  if (tensor.size === 0 || backend === undefined || tensor.isDisposed) return tensor.dataSync();
  return backend.typedArrayFromHeap(tensor);
}

/** Copies the values of `tensor` into `target`, which has as many elements. */
export function readInto(tensor: tf.Tensor, target: Elements): void {
  if (tensor.size > 0) target.set(valuesOf(tensor));
}

/** A new tensor with the values of `source`, which the caller may overwrite afterwards. */
export function tensorFrom(
  source: Elements,
  shape: readonly number[],
  dtype: DType | "bool",
): tf.Tensor {
  const values = heapBackend() === undefined ? source.slice() : source;
  // tfjs does not change the shape it is given; its types want it mutable.
  return tf.tensor(values, shape as number[], dtype);
}

export function heapBackend(): HeapBackend | undefined {
  const backend = tf.backend();
  return "typedArrayFromHeap" in backend ? (backend as HeapBackend) : undefined;
}
