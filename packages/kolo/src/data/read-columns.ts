/** Data in memory, where any example can be read by its index: only this rank's rows are touched. */
import * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { type Columns, type NumericArray, type ShapedArray } from "./batch-types.js";
import { isTypedArray, tensorOfRows } from "./tensor-of-rows.js";

export interface ColumnReader {
  readonly examples: number;
  /** A new tensor, or a structure of them, with one row per index. */
  read(indices: Int32Array): tf.TensorContainer;
}

/** Throws `argument_invalid` where `data` is no column, or its columns differ in length. */
export function readColumns(data: Columns, path = "data"): ColumnReader {
  if (data instanceof tf.Tensor) return tensorReader(data, path);
  if (isNumericArray(data)) return arrayReader({ values: data, shape: [data.length] }, path);
  if (!isStructure(data)) {
    throw new KoloError(
      "argument_invalid",
      `expected ${path} of shard() to be a tensor, a typed array, { values, shape }, an object of ` +
        `those, a tf.data.Dataset or a generator function, got ${nameOf(data)}`,
    );
  }
  return isShapedArray(data) ? arrayReader(data, path) : structureReader(data, path);
}

function tensorReader(tensor: tf.Tensor, path: string): ColumnReader {
  if (tensor.rank === 0) {
    throw new KoloError(
      "argument_invalid",
      `expected ${path} of shard() to have a first dimension that counts the examples, got a scalar`,
    );
  }
  return {
    examples: tensor.shape[0],
    read: (indices) => tf.tidy(() => tf.gather(tensor, tf.tensor1d(indices, "int32"))),
  };
}

function arrayReader({ values, shape, dtype }: ShapedArray, path: string): ColumnReader {
  const [examples, ...rowShape] = shape;
  const width = rowShape.reduce((product, length) => product * length, 1);
  if (examples === undefined || examples * width !== values.length) {
    throw new KoloError(
      "argument_invalid",
      `expected the shape of ${path} of shard() to be [examples, ...] and to hold its ` +
        `${values.length} values, got [${shape.join(", ")}]`,
    );
  }
  return {
    examples,
    read: (indices) =>
      tensorOfRows({
        like: values,
        dtype,
        rows: indices.length,
        rowShape,
        row: (row) => rowOf(values, (indices[row] ?? 0) * width, width),
      }),
  };
}

function structureReader(data: Readonly<Record<string, Columns>>, path: string): ColumnReader {
  const columns = Object.entries(data).map(
    ([name, column]) => [name, readColumns(column, `${path}.${name}`)] as const,
  );
  const lengths = columns.map(([, { examples }]) => examples);
  const [examples] = lengths;
  if (examples === undefined || lengths.some((length) => length !== examples)) {
    const got = columns.map(([name, column]) => `${name}: ${column.examples}`).join(", ");
    throw new KoloError(
      "argument_invalid",
      `expected columns of equal length in ${path} of shard(), got { ${got} }`,
    );
  }
  return {
    examples,
    read(indices) {
      const read = columns.map(([name, column]) => [name, column.read(indices)] as const);
      return Array.isArray(data) ? read.map(([, rows]) => rows) : Object.fromEntries(read);
    },
  };
}

function isNumericArray(data: unknown): data is NumericArray {
  if (Array.isArray(data)) return data.length > 0 && data.every((x) => typeof x === "number");
  return isTypedArray(data);
}

function isStructure(data: unknown): data is Readonly<Record<string, Columns>> {
  return typeof data === "object" && data !== null && !ArrayBuffer.isView(data);
}

function isShapedArray(data: object): data is ShapedArray {
  return "values" in data && "shape" in data && isNumericArray(data.values);
}

function rowOf(values: NumericArray, start: number, width: number): ArrayLike<number> {
  return "subarray" in values
    ? values.subarray(start, start + width)
    : values.slice(start, start + width);
}

function nameOf(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  return value.constructor.name;
}
