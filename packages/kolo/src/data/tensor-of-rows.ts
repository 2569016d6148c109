import * as tf from "@tensorflow/tfjs";
import { type NumericArray } from "./batch-types.js";

export interface RowsOptions {
  /** The source, whose type says whether the tensor is int32 or float32. */
  readonly like: NumericArray;
  /** Instead of that. */
  readonly dtype?: "float32" | "int32" | undefined;
  readonly rows: number;
  readonly rowShape: readonly number[];
  readonly row: (index: number) => ArrayLike<number>;
}

/** Copies rows of numbers into one new tensor [rows, ...rowShape]. */
export function tensorOfRows({ like, dtype, rows, rowShape, row }: RowsOptions): tf.Tensor {
  const width = tf.util.sizeFromShape([...rowShape]);
  const type = dtype ?? (isIntegerArray(like) ? "int32" : "float32");
  const elements = type === "int32" ? new Int32Array(rows * width) : new Float32Array(rows * width);
  for (let index = 0; index < rows; index++) elements.set(row(index), index * width);
  return tf.tensor(elements, [rows, ...rowShape], type);
}

export type TypedArray = Exclude<NumericArray, readonly number[]>;

export function isTypedArray(data: unknown): data is TypedArray {
  return data instanceof Float32Array || data instanceof Float64Array || isIntegerArray(data);
}

function isIntegerArray(data: unknown): boolean {
  return (
    data instanceof Int32Array || data instanceof Uint8Array || data instanceof Uint8ClampedArray
  );
}
