/**
 * The indices of a sparse message, as sparse-layout.ts has them. The reader trusts no word: what it accepts
 * is what the writer would have written, bit for bit.
 */
import { inParts, type Work } from "@kolo/core";
import { type SparseLayout } from "./sparse-layout.js";
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernels: lengths are checked before loops */

/** Of the first k of `indices`, which ascend, into the first words of a message. */
export function* writeIndices(layout: SparseLayout, indices: Int32Array, words: Int32Array): Work {
  const { form, k, lowBits, lowWords, indexWords } = layout;
  yield* inParts(indexWords, (start, end) => words.fill(0, start, end));
  if (form === "bitmask") {
    yield* inParts(k, (start, end) => {
      for (let i = start; i < end; i++) words[indices[i]! >>> 5]! |= 1 << (indices[i]! & 31);
    });
    return;
  }
  const mask = (1 << lowBits) - 1;
  const writePart = (start: number, end: number): void => {
    for (let i = start, at = start * lowBits; i < end; i++, at += lowBits) {
      const low = indices[i]! & mask;
      words[at >>> 5]! |= low << (at & 31);
      if ((at & 31) + lowBits > 32) words[(at >>> 5) + 1]! |= low >>> (32 - (at & 31));
      const bit = (indices[i]! >>> lowBits) + i;
      words[lowWords + (bit >>> 5)]! |= 1 << (bit & 31);
    }
  };
  yield* inParts(k, writePart, { work: 4 });
}

/** Of a word with up to 32 indices, and words of a part. */
const reading = { work: 16, length: 2 ** 12 };

/**
 * Fills the first k of `indices`: below the count, and ascending. What it returns says what is wrong with
 * the words, if something is.
 */
export function* readIndices(
  layout: SparseLayout,
  words: Int32Array,
  indices: Int32Array,
): Work<string | undefined> {
  const { form, count, k, lowBits, lowWords, indexWords } = layout;
  if (indices.length < k || words.length < indexWords) {
    throw new RangeError(`expected ${indexWords} words and room for ${k} indices`);
  }
  const lowEnd = (k * lowBits) & 31;
  if (lowEnd !== 0 && words[lowWords - 1]! >>> lowEnd !== 0) return "bits after the low bits";
  const mask = (1 << lowBits) - 1;
  const isMask = form === "bitmask";
  let last = -1;
  let read = 0;
  const readPart = (start: number, end: number): string | undefined => {
    let [i, previous] = [read, last];
    for (let word = start; word < end; word++) {
      for (let bits = words[word]!; bits !== 0; bits &= bits - 1) {
        const bit = 32 * (word - lowWords) + 31 - Math.clz32(bits & -bits);
        if (i === k) return `more than ${k} indices`;
        let index = bit;
        if (!isMask) {
          const at = i * lowBits;
          let low = words[at >>> 5]! >>> (at & 31);
          if ((at & 31) + lowBits > 32) low |= words[(at >>> 5) + 1]! << (32 - (at & 31));
          // At most twice the count: no bit of the vector is further than k beyond the last upper part.
          index = ((bit - i) << lowBits) | (low & mask);
        }
        if (index >= count) return `index ${index}`;
        if (index <= previous) return `index ${index} after ${previous}`;
        previous = index;
        indices[i++] = index;
      }
    }
    [read, last] = [i, previous];
    return undefined;
  };
  for (let start = lowWords; start < indexWords; start += reading.length) {
    const end = Math.min(start + reading.length, indexWords);
    const problem = readPart(start, end);
    if (problem !== undefined) return problem;
    yield (end - start) * reading.work;
  }
  return read === k ? undefined : `${read} indices`;
}
