/**
 * Sparse messages, written and read: of k elements, whose lengths sparse-layout.ts fixes beforehand. What is
 * read was written by another process, so nothing is taken from words that a writer cannot have written.
 */
import { inParts, KoloError, type Work } from "@kolo/core";
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
export function* encodeSparse(
  layout: SparseLayout,
  content: SparseContent,
  words: Int32Array,
): Work {
  const { k, indexWords } = layout;
  if (words.length !== layout.words) {
    throw new RangeError(`expected ${layout.words} words, got ${words.length}`);
  }
  const [picked, values] = [pickedOf(layout, content), words.subarray(indexWords)];
  yield* writeIndices(layout, content.indices, words);
  if (layout.values === "float16") {
    yield* eachHalves(picked, values, (some, halves) => {
      encodeHalves(some, halves);
      decodeHalves(halves, some);
    });
  } else {
    const bits = new Int32Array(picked.buffer, picked.byteOffset, k);
    yield* inParts(k, (start, end) => {
      values.set(bits.subarray(start, end), start);
    });
  }
}

/**
 * Adds a message's values to the elements of `target` they are of. Throws `message_invalid`, and adds
 * nothing, for words that `encodeSparse` cannot have written. `scratch` is overwritten.
 */
export function* decodeSparse(
  layout: SparseLayout,
  words: Int32Array,
  scratch: SparseContent,
  target: Float32Array,
): Work {
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
  const problem = yield* readIndices(layout, words, indices);
  if (problem !== undefined) refuse(layout, problem);
  if (layout.values === "float16") {
    if (k & 1 && values[values.length - 1]! >>> 16 !== 0) refuse(layout, "bits after the values");
    yield* eachHalves(picked, values, (some, halves) => {
      decodeHalves(halves, some);
    });
  } else {
    const bits = new Int32Array(picked.buffer, picked.byteOffset, k);
    yield* inParts(k, (start, end) => {
      bits.set(values.subarray(start, end), start);
    });
  }
  const addPart = (start: number, end: number): void => {
    for (let i = start; i < end; i++) target[indices[i]!]! += picked[i]!;
  };
  // Often far from each other.
  yield* inParts(k, addPart, { work: 4 });
}

/** Parts of values and the words that they are; two a word, so parts begin at even ones. */
function* eachHalves(
  values: Float32Array,
  words: Int32Array,
  visit: (values: Float32Array, words: Int32Array) => void,
): Work {
  const visitPart = (start: number, end: number): void => {
    visit(values.subarray(start, end), words.subarray(start / 2, Math.ceil(end / 2)));
  };
  yield* inParts(values.length, visitPart, { work: 4, length: 2 ** 14 });
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
