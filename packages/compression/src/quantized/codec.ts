/**
 * Float32 values as fewer bits, and back. How many words values take depends on their number alone, so
 * members know the lengths of each other's messages beforehand, and no message can ask for memory.
 *
 * Whatever words come in, decoding reads and writes nothing beyond the arrays it is given. What is
 * finite stays finite, save where a block's own scale was sent as an infinity or NaN; what is not
 * finite comes out not finite (see each codec).
 */
import { KoloError } from "@kolo/core";
import { type Quantized } from "../compression.js";

export interface Codec {
  readonly name: Quantized["kind"];
  /** Words that so many values take. */
  words(count: number): number;
  /** Fills `words`, which have to be as many as the values take (`message_invalid`). */
  encode(values: Float32Array, words: Int32Array): void;
  /** Fills `values`; lengths as above. */
  decode(words: Int32Array, values: Float32Array): void;
}

/** Values can be cut after each so many: their words are then those of the whole. */
export const blockElements = 256;

/** Throws `message_invalid` unless there are as many words as the values take. */
export function checkLengths(codec: Codec, values: Float32Array, words: Int32Array): void {
  const expected = codec.words(values.length);
  if (words.length === expected) return;
  throw new KoloError(
    "message_invalid",
    `expected ${expected} words for ${values.length} values as ${codec.name}, got ${words.length}`,
  );
}
