/**
 * Eight bits a value, times a scale for each block of 256.
 *
 *   block   scale (float32) | four values a word, the first one low, the last word padded with zeros
 *
 * The scale is the block's largest magnitude / 127, so rounding (to nearest, ties to even) takes at
 * most half a scale of each value: 1/254 of the largest beside it. A block of zeros has scale 0 (and
 * comes out without signs of zeros). A block with a NaN or an infinity has scale NaN and comes out as
 * NaN, all of it: nothing in it can be trusted, and nobody shall take it for numbers.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernels: lengths are checked before loops */
import { blockElements, checkLengths, type Codec } from "./codec.js";

const blockWords = 1 + blockElements / 4;

/** Added and taken away again, it leaves the nearest integer to a small number. */
const toInteger = 1.5 * 2 ** 52;

const smallestNormal = 2 ** -126;
const smallest = 2 ** -149;

/** 127 times the next larger one is rounded to an infinity. */
const largestScale = Math.fround(((2 - 2 ** -23) * 2 ** 127) / 127) - 2 ** 98;

export const int8: Codec = {
  name: "int8",
  words(count) {
    const rest = count % blockElements;
    return Math.floor(count / blockElements) * blockWords + (rest > 0 ? 1 + ((rest + 3) >>> 2) : 0);
  },
  encode(values, words) {
    checkLengths(int8, values, words);
    const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
    const scales = new Float32Array(words.buffer, words.byteOffset, words.length);
    for (let at = 0, block = 0; at < values.length; at += blockElements, block += blockWords) {
      const end = Math.min(at + blockElements, values.length);
      const scale = scaleOf(largestMagnitude(bits, at, end));
      scales[block] = scale;
      encodeBlock(values, at, end, scale, words, block + 1);
    }
  },
  decode(words, values) {
    checkLengths(int8, values, words);
    const scales = new Float32Array(words.buffer, words.byteOffset, words.length);
    for (let at = 0, block = 0; at < values.length; at += blockElements, block += blockWords) {
      const end = Math.min(at + blockElements, values.length);
      decodeBlock(words, block + 1, scales[block]!, values, at, end);
    }
  },
};

/** As bits, which are ordered as magnitudes are; infinities and NaN are above all. */
function largestMagnitude(bits: Int32Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) {
    const magnitude = bits[i]! & 0x7fffffff;
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

const oneBits = new Int32Array(1);
const oneFloat = new Float32Array(oneBits.buffer);

function scaleOf(magnitudeBits: number): number {
  if (magnitudeBits === 0) return 0;
  if (magnitudeBits >= 0x7f800000) return NaN;
  oneBits[0] = magnitudeBits;
  const scale = Math.fround(oneFloat[0]! / 127);
  // A subnormal scale has few bits or none: the next larger one is at least a 127th.
  return scale < smallestNormal ? scale + smallest : Math.min(scale, largestScale);
}

/**
 * `|value| / scale` is at most 127 and a millionth: nothing has to be clamped. In doubles, so that the
 * reciprocal is finite for the smallest of scales.
 */
function encodeBlock(
  values: Float32Array,
  start: number,
  end: number,
  scale: number,
  words: Int32Array,
  firstWord: number,
): void {
  const factor = scale > 0 ? 1 / scale : 0;
  let word = firstWord;
  let i = start;
  for (; i + 3 < end; i += 4, word++) {
    words[word] =
      (quantum(values[i]! * factor) & 0xff) |
      ((quantum(values[i + 1]! * factor) & 0xff) << 8) |
      ((quantum(values[i + 2]! * factor) & 0xff) << 16) |
      (quantum(values[i + 3]! * factor) << 24);
  }
  if (i === end) return;
  let last = 0;
  for (let shift = 0; i < end; i++, shift += 8) {
    last |= (quantum(values[i]! * factor) & 0xff) << shift;
  }
  words[word] = last;
}

function quantum(scaled: number): number {
  return (scaled + toInteger - toInteger) | 0;
}

function decodeBlock(
  words: Int32Array,
  firstWord: number,
  scale: number,
  values: Float32Array,
  start: number,
  end: number,
): void {
  let word = firstWord;
  let i = start;
  for (; i + 3 < end; i += 4, word++) {
    const four = words[word]!;
    values[i] = ((four << 24) >> 24) * scale;
    values[i + 1] = ((four << 16) >> 24) * scale;
    values[i + 2] = ((four << 8) >> 24) * scale;
    values[i + 3] = (four >> 24) * scale;
  }
  for (let shift = 24; i < end; i++, shift -= 8) {
    values[i] = ((words[word]! << shift) >> 24) * scale;
  }
}
