/**
 * Examples of equal structure into one batch, as tf.data's `batch()` does it: tensors are stacked,
 * arrays and numbers become rows, objects are structure. tf.data looks at every element of a typed
 * array to see whether it is a tensor, which took most of the time of a step.
 */
import * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { isTypedArray, tensorOfRows } from "./tensor-of-rows.js";

/** Disposes the examples, also where it throws. */
export function batchExamples(examples: tf.TensorContainer[]): tf.TensorContainer {
  try {
    return tf.tidy(() => stack(examples));
  } finally {
    examples.forEach(disposeExample);
  }
}

export function disposeExample(example: tf.TensorContainer): void {
  if (example instanceof tf.Tensor) example.dispose();
  else if (isStructure(example)) Object.values(example).forEach(disposeExample);
}

function stack(rows: readonly tf.TensorContainer[]): tf.TensorContainer {
  const [first] = rows;
  if (first instanceof tf.Tensor) return tf.stack(rows as tf.Tensor[]);
  if (isTypedArray(first)) {
    const width = first.length;
    return tensorOfRows({
      like: first,
      rows: rows.length,
      rowShape: [width],
      row: (index) => {
        const row = rows[index];
        if (isTypedArray(row) && row.length === width) return row;
        throw new KoloError(
          "argument_invalid",
          `expected all examples of a batch in shard() to have ${width} values in an array, ` +
            `got ${isTypedArray(row) ? row.length : typeof row}`,
        );
      },
    });
  }
  // tfjs checks that they agree, and infers shape and dtype.
  if (!isStructure(first) || Array.isArray(first)) return tf.tensor(rows as tf.TensorLike);
  const stacked: tf.TensorContainerObject = {};
  for (const name of Object.keys(first)) {
    stacked[name] = stack(rows.map((row) => (row as tf.TensorContainerObject)[name]));
  }
  return stacked;
}

function isStructure(value: tf.TensorContainer): value is tf.TensorContainerObject {
  return typeof value === "object" && (value as unknown) !== null && !ArrayBuffer.isView(value);
}
