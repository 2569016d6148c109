/**
 * Two halves a word. Rounding takes at most 2^-11 of a value's magnitude, or 2^-25 where that is less
 * than 2^-14; beyond ±65504 values are clamped. Infinities and NaN stay.
 */
import { decodeHalves, encodeHalves, halvesWords } from "../numbers/float16.js";
import { checkLengths, type Codec } from "./codec.js";

export const fp16: Codec = {
  name: "fp16",
  words: halvesWords,
  encode(values, words) {
    checkLengths(fp16, values, words);
    encodeHalves(values, words);
  },
  decode(words, values) {
    checkLengths(fp16, values, words);
    decodeHalves(words, values);
  },
};
