/**
 * The upper halves of float32 (1 sign, 8 exponent, 7 fraction bits), two a word, the first one low.
 * Rounds to nearest, ties to even, which takes at most 2^-8 of a value's magnitude (2^-134 of subnormal
 * ones). What is finite stays finite: it is clamped where rounding would make it an infinity.
 * Infinities stay, and NaN stays NaN.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernels: lengths are checked before loops */
import { checkLengths, type Codec } from "./codec.js";

/** Magnitudes from here on are rounded to 2^128, or are infinite or NaN. */
const beyond = 0x7f7f8000;

export const bf16: Codec = {
  name: "bf16",
  words: (count) => (count + 1) >>> 1,
  encode(values, words) {
    checkLengths(bf16, values, words);
    // As bits: a NaN is a NaN by its fraction, and half of that goes.
    encodeBits(new Int32Array(values.buffer, values.byteOffset, values.length), words);
  },
  decode(words, values) {
    checkLengths(bf16, values, words);
    decodeBits(words, new Int32Array(values.buffer, values.byteOffset, values.length));
  },
};

function encodeBits(bits: Int32Array, words: Int32Array): void {
  const pairs = bits.length >>> 1;
  for (let i = 0; i < pairs; i++) {
    words[i] = upperHalf(bits[2 * i]!) | (upperHalf(bits[2 * i + 1]!) << 16);
  }
  if (bits.length & 1) words[pairs] = upperHalf(bits[bits.length - 1]!);
}

function decodeBits(words: Int32Array, bits: Int32Array): void {
  const pairs = bits.length >>> 1;
  for (let i = 0; i < pairs; i++) {
    const word = words[i]!;
    bits[2 * i] = word << 16;
    bits[2 * i + 1] = word & 0xffff0000;
  }
  if (bits.length & 1) bits[bits.length - 1] = words[pairs]! << 16;
}

function upperHalf(bits: number): number {
  if ((bits & 0x7fffffff) >= beyond) return upperHalfBeyond(bits);
  // Carries go into the exponent, as they should.
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function upperHalfBeyond(bits: number): number {
  const magnitude = bits & 0x7fffffff;
  if (magnitude < 0x7f800000) return ((bits >>> 16) & 0x8000) | 0x7f7f;
  // No NaN may lose all of its fraction: it would be an infinity.
  return magnitude === 0x7f800000 ? bits >>> 16 : (bits >>> 16) | 0x40;
}
