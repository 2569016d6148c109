/**
 * What ranks compare before they exchange variables or gradients. tfjs numbers names as a process
 * creates things ("dense_Dense3/kernel_1"), and a rank that created more, an evaluation model, say,
 * or a loaded one, counts on. So variables match by place and shape, and names without counters.
 */
import type * as tf from "@tensorflow/tfjs";
import { type ManifestEntry } from "@kolo/engine";
import { carriedAs } from "../tensors/carried-as.js";

export interface Named {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

/** In order. Throws `dtype_unsupported`, which names the variable. */
export function manifestOf(variables: readonly Named[]): ManifestEntry[] {
  return variables.map((variable) => ({
    name: withoutCounters(variable.name),
    shape: [...variable.shape],
    dtype: carriedAs(variable),
  }));
}

/**
 * What tells these variables apart in every process that has them: names without counters, and from
 * the second with the same one on, which of them it is.
 */
export function keysOf(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const bare = withoutCounters(name);
    const count = (counts.get(bare) ?? 0) + 1;
    counts.set(bare, count);
    // A bare name never ends in a number.
    return count === 1 ? bare : `${bare}#${count}`;
  });
}

/** "dense_Dense3/kernel_1" → "dense_Dense/kernel"; the 2D of Conv2D stays. */
function withoutCounters(name: string): string {
  return name.replaceAll(/(_?\d+)+(?=[/_]|$)/g, "") || "variable";
}
