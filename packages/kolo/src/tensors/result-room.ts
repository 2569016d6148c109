/**
 * Room for a large tensor that is to come, filled part by part while later parts are under way.
 *
 * The system finds memory only when it is touched, which takes longer than to fill it (45 of 50 ms for
 * 100 MiB): there is time for that while operations are under way.
 */
import * as tf from "@tensorflow/tfjs";
import { type DType } from "@kolo/core";
import { type Elements } from "@kolo/engine";
import { type HeapBackend, heapBackend } from "./read-into.js";
import { elementsOf } from "./rows.js";

export interface ResultRoom {
  /** For whoever has time before something is put there. */
  touch(): void;
  /** Copies `source` to where it belongs. */
  put(offset: number, source: Elements): void;
  /** The tensor, the caller's: once. */
  tensor(): tf.Tensor;
  /** Where no tensor is wanted any more; nothing after `tensor()`. */
  release(): void;
}

export function roomFor(shape: readonly number[], dtype: DType): ResultRoom {
  const backend = heapBackend();
  return backend === undefined ? new ArrayRoom(shape, dtype) : new HeapRoom(backend, shape, dtype);
}

const pageElements = 4096 / 4;

/** For backends that keep the very array a tensor is made from. */
class ArrayRoom implements ResultRoom {
  readonly #shape: readonly number[];
  readonly #dtype: DType;
  readonly #values: Elements;

  constructor(shape: readonly number[], dtype: DType) {
    const count = elementsOf(shape);
    this.#shape = shape;
    this.#dtype = dtype;
    this.#values = dtype === "float32" ? new Float32Array(count) : new Int32Array(count);
  }

  touch(): void {
    const { length } = this.#values;
    for (let index = 0; index < length; index += pageElements) this.#values[index] = 0;
  }

  put(offset: number, source: Elements): void {
    this.#values.set(source, offset);
  }

  tensor(): tf.Tensor {
    return tf.tensor(this.#values, [...this.#shape], this.#dtype);
  }

  release(): void {
    // Nobody else has the array.
  }
}

/** In the backend's heap, which moves when it grows: no view of it lasts. */
class HeapRoom implements ResultRoom {
  readonly #backend: HeapBackend;
  readonly #info: tf.TensorInfo;
  #owned = true;

  constructor(backend: HeapBackend, shape: readonly number[], dtype: DType) {
    this.#backend = backend;
    // tfjs has it that no values are given by null, but its types do not.
    const none = null as unknown as tf.backend_util.BackendValues;
    this.#info = { dataId: backend.write(none, [...shape], dtype), shape: [...shape], dtype };
  }

  touch(): void {
    // It is the backend's, which has had it for other tensors.
  }

  put(offset: number, source: Elements): void {
    this.#backend.typedArrayFromHeap(this.#info).set(source, offset);
  }

  /** Only now: until then, somebody else's `tf.tidy` may be around this. */
  tensor(): tf.Tensor {
    this.#owned = false;
    return tf.engine().makeTensorFromTensorInfo(this.#info, this.#backend);
  }

  release(): void {
    if (this.#owned) this.#backend.disposeData(this.#info.dataId);
    this.#owned = false;
  }
}
