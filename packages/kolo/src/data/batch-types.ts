/** What shard() takes, and what its batches look like to TypeScript. */
import type * as tf from "@tensorflow/tfjs";

export type NumericArray =
  Float32Array | Float64Array | Int32Array | Uint8Array | Uint8ClampedArray | readonly number[];

/** Values in row-major order with a shape; its first dimension counts the examples. */
export interface ShapedArray {
  readonly values: NumericArray;
  readonly shape: readonly number[];
  /** Default: int32 for integer typed arrays, float32 for all else. */
  readonly dtype?: "float32" | "int32";
}

/** One value or row per example. A tensor stays the caller's, and must outlive the dataset. */
export type Column = tf.Tensor | NumericArray | ShapedArray;

/** One column, or an object or tuple of columns of equal length, as in { xs, ys }; may be nested. */
export type Columns = Column | readonly Columns[] | { readonly [name: string]: Columns };

/** A function that starts the stream of examples anew; a generator function is one. */
export type ExampleGenerator<E = unknown> = () => Examples<E> | Promise<Examples<E>>;

export type Examples<E> = Iterator<E> | Iterable<E> | AsyncIterator<E> | AsyncIterable<E>;

export type ShardData = Columns | tf.data.Dataset<tf.TensorContainer> | ExampleGenerator;

/** Batches have the structure of the data, with a tensor in each column's place. */
export type BatchOf<D> = ShardData extends D ? tf.TensorContainer : KnownBatchOf<D>;

type KnownBatchOf<D> =
  D extends tf.data.Dataset<infer E>
    ? ExampleBatch<E>
    : D extends () => infer R
      ? ExampleBatch<ExampleOf<Awaited<R>>>
      : ColumnBatch<D>;

type ExampleOf<R> = R extends Iterator<infer E> | Iterable<infer E>
  ? E
  : R extends AsyncIterator<infer E> | AsyncIterable<infer E>
    ? E
    : never;

// As tf.data's batch() does it: arrays in an example are rows of one tensor, objects are structure.
type ExampleBatch<E> = tf.TensorContainer extends E ? tf.TensorContainer : ExampleStructure<E>;

type ExampleStructure<E> = E extends tf.Tensor | ArrayBufferView | readonly unknown[]
  ? tf.Tensor
  : E extends object
    ? { -readonly [K in keyof E]: ExampleStructure<E[K]> }
    : tf.Tensor;

type ColumnBatch<C> = Columns extends C ? tf.TensorContainer : ColumnStructure<C>;

type ColumnStructure<C> =
  C extends tf.Tensor<infer R>
    ? tf.Tensor<R>
    : C extends NumericArray | ShapedArray
      ? tf.Tensor
      : C extends object
        ? { -readonly [K in keyof C]: ColumnStructure<C[K]> }
        : never;
