/** The state of compression as a list of named tensors: what is saved, and what a rank is given back. */
import * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { type ManifestEntry } from "@kolo/engine";
import { createHash } from "node:crypto";
import { type CompressionState, type KeptArray } from "./compression-state.js";

/** As optimizers give their weights. */
export type NamedTensor = Awaited<ReturnType<tf.Optimizer["getWeights"]>>[number];

const updatesName = "compression/updates";
const kinds = ["residual", "velocity"];

/** New tensors, named as in: residual/dense_Dense/kernel */
export function toTensors({ updates, arrays }: CompressionState): NamedTensor[] {
  if (arrays.length === 0) return [];
  return [
    { name: updatesName, tensor: tf.scalar(updates, "int32") },
    ...arrays.map((array) => ({
      name: nameOf(array),
      tensor: tf.tensor(array.values, [...array.shape]),
    })),
  ];
}

/** What `toTensors` made; they are not disposed. Throws `argument_invalid`. */
export async function fromTensors(tensors: readonly NamedTensor[]): Promise<CompressionState> {
  const arrays: KeptArray[] = [];
  let updates = 0;
  for (const { name, tensor } of tensors) {
    const values = await tensor.data();
    const kind = kinds.find((known) => name.startsWith(`${known}/`));
    if (name === updatesName) {
      updates = values[0] ?? 0;
    } else if (kind !== undefined && values instanceof Float32Array) {
      const key = name.slice(kind.length + 1);
      arrays.push({ kind, key, name: key, shape: tensor.shape, values });
    } else {
      throw new KoloError(
        "argument_invalid",
        "expected what getCompressionState() gave in setCompressionState(), float32 tensors named " +
          `${kinds.map((known) => `${known}/…`).join(" or ")}, got ${tensor.dtype} named "${name}"`,
      );
    }
  }
  return { updates, arrays };
}

/** For ranks to compare, values too. */
export function manifestOfState({ updates, arrays }: CompressionState): ManifestEntry[] {
  const hash = createHash("sha256");
  for (const { values } of arrays) {
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  const values = `compression state of ${updates} updates, values ${hash.digest("hex").slice(0, 16)}`;
  return [
    ...arrays.map((array) => ({
      name: nameOf(array),
      shape: [...array.shape],
      dtype: "float32" as const,
    })),
    { name: values, shape: [], dtype: "float32" },
  ];
}

function nameOf({ kind, key }: KeptArray): string {
  return `${kind}/${key}`;
}
