import type * as tf from "@tensorflow/tfjs";
import { type DType, isDType, KoloError } from "@kolo/core";

/** The dtype in which a variable travels: bool as int32. Throws `dtype_unsupported`, which names it. */
export function carriedAs({ name, dtype }: { name: string; dtype: tf.DataType }): DType {
  if (dtype === "bool") return "int32";
  if (isDType(dtype)) return dtype;
  throw new KoloError(
    "dtype_unsupported",
    `expected variable "${name}" to be float32, int32 or bool, got ${dtype}`,
  );
}
