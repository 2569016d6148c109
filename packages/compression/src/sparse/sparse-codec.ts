/**
 * Sparse messages, written and read: of k elements, whose lengths sparse-layout.ts fixes beforehand. What is
 * read was written by another process, so nothing is taken from words that a writer cannot have written.
 */
import { KoloError } from "@kolo/core";
import { decodeHalves, encodeHalves } from "../numbers/float16.js";
import { readIndices, writeIndices } from "./sparse-indices.js";
import { type SparseLayout } from "./sparse-layout.js";
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernels: lengths are checked before loops */

/** What a message is made of, or of what was read: the first k of each. The memory is the caller's. */
export interface SparseContent {
  /** Ascending. */
  readonly indices: Int32Array;
  readonly picked: Float32Array;
}

/**
 * Fills `words`, which are as many as the layout says. Afterwards the content's values are what the message
 * carries: rounded, where it rounds.
 */
export function encodeSparse(
  layout: SparseLayout,
  content: SparseContent,
  words: Int32Array,
): void {
  const { k, indexWords } = layout;
  if (words.length !== layout.words) {
    throw new RangeError(`expected ${layout.words} words, got ${words.length}`);
  }
  const [picked, values] = [pickedOf(layout, content), words.subarray(indexWords)];
  writeIndices(layout, content.indices, words);
  if (layout.values === "float16") {
    encodeHalves(picked, values);
    decodeHalves(values, picked);
  } else {
    values.set(new Int32Array(picked.buffer, picked.byteOffset, k));
  }
}

/**
 * Adds a message's values to the elements of `target` they are of. Throws `message_invalid`, and adds
 * nothing, for words that `encodeSparse` cannot have written. `scratch` is overwritten.
 */
export function decodeSparse(
  layout: SparseLayout,
  words: Int32Array,
  scratch: SparseContent,
  target: Float32Array,
): void {
  const { count, k, indexWords } = layout;
  if (target.length !== count) {
    throw new RangeError(`expected a target of ${count} elements, got ${target.length}`);
  }
  if (words.length !== layout.words) refuse(layout, `${words.length} words`);
  const [{ indices }, picked, values] = [
    scratch,
    pickedOf(layout, scratch),
    words.subarray(indexWords),
  ];
  const problem = readIndices(layout, words, indices);
  if (problem !== undefined) refuse(layout, problem);
  if (layout.values === "float16") {
    if (k & 1 && values[values.length - 1]! >>> 16 !== 0) refuse(layout, "bits after the values");
    decodeHalves(values, picked);
  } else {
    new Int32Array(picked.buffer, picked.byteOffset, k).set(values);
  }
  for (let i = 0; i < k; i++) target[indices[i]!]! += picked[i]!;
}

function pickedOf({ k }: SparseLayout, { indices, picked }: SparseContent): Float32Array {
  if (indices.length >= k && picked.length >= k) return picked.subarray(0, k);
  throw new RangeError(`expected room for ${k} indices and values`);
}

function refuse({ count, k, words, values }: SparseLayout, got: string): never {
  throw new KoloError(
    "message_invalid",
    `expected a sparse message of ${words} words, ${k} ascending indices below ${count} and as many ` +
      `${values} values, got ${got}`,
  );
}
