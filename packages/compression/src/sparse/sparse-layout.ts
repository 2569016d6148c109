/**
 * Where what lies in a message of exactly k of n elements, by n, k and the form of values alone: so every
 * member knows every message's length before there is one, and a plan that is made once carries them all.
 *
 *   Elias-Fano   low bits of each index | upper bits as a bit vector | values
 *   bitmask      a bit for each element | values
 *
 * all of it in whole words, what is left of a part's last word zero. In Elias-Fano form each index is cut
 * at its l = ⌊log2(n/k)⌋ lowest bits. Those are written as they are; the upper parts, which only grow from
 * one index to the next, are the bits (index_i >> l) + i of the vector: some 2 + log2(n/k) bits for each
 * index, some half a bit above the entropy of a set. The smaller of the two is taken; above one in four
 * that is the bitmask.
 *
 * Source: Elias, "Efficient storage and retrieval by content and address of static files", JACM 21(2), 1974.
 */
import { type SparseValues } from "../compression.js";
import { halvesWords } from "../numbers/float16.js";

export interface SparseLayout {
  /** Elements of the whole. */
  readonly count: number;
  /** Those of them that a message carries. */
  readonly k: number;
  readonly values: SparseValues;
  readonly form: "eliasFano" | "bitmask";
  /** Of each index, written as they are; 0 in a bitmask. */
  readonly lowBits: number;
  /** Words of the low bits; the bit vector, or the mask, begins here. */
  readonly lowWords: number;
  /** Bits of the vector or of the mask. */
  readonly vectorBits: number;
  /** The values begin here. */
  readonly indexWords: number;
  /** All of the message. */
  readonly words: number;
}

/** For 0 <= k <= count < 2^30. */
export function sparseLayout(count: number, k: number, values: SparseValues): SparseLayout {
  if (!(k >= 0 && k <= count && count < 2 ** 30)) {
    throw new RangeError(`expected 0 <= k <= count < 2^30, got k ${k} and count ${count}`);
  }
  const valueWords = values === "float16" ? halvesWords(k) : k;
  const common = { count, k, values };
  if (k === 0) {
    return { ...common, form: "bitmask", ...noIndices, words: 0 };
  }
  const lowBits = 31 - Math.clz32(Math.floor(count / k));
  const lowWords = wordsOf(k * lowBits);
  const vectorBits = k + ((count - 1) >>> lowBits);
  const indexWords = lowWords + wordsOf(vectorBits);
  if (indexWords < wordsOf(count)) {
    const form = "eliasFano";
    const words = indexWords + valueWords;
    return { ...common, form, lowBits, lowWords, vectorBits, indexWords, words };
  }
  return {
    ...{ ...common, form: "bitmask", lowBits: 0, lowWords: 0, vectorBits: count },
    ...{ indexWords: wordsOf(count), words: wordsOf(count) + valueWords },
  };
}

/** 32-bit words of a message of k out of `count` elements. */
export function encodedWords(count: number, k: number, values: SparseValues): number {
  return sparseLayout(count, k, values).words;
}

const noIndices = { lowBits: 0, lowWords: 0, vectorBits: 0, indexWords: 0 };

function wordsOf(bits: number): number {
  return Math.ceil(bits / 32);
}
