/**
 * Half precision (binary16: 1 sign, 5 exponent, 10 fraction bits) in integers: JavaScript of this day
 * has no Float16Array. Rounds to nearest, ties to even, subnormals too. What is finite stays finite:
 * beyond ±65504 it is clamped, since a gradient that is merely large must not become an infinity.
 * Infinities and NaN stay what they are.
 *
 *   float32   normal halves begin at 2^-14 = 0x38800000, end below 0x477ff000 (would round to 65536)
 *   between   the exponent's bias falls by 112, the fraction loses 13 bits, rounding carries upwards
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernels: lengths are checked before loops */

/** The half nearest to a float32; both as bits, the half in the low 16. */
export function halfOf(float32Bits: number): number {
  const sign = (float32Bits >>> 16) & 0x8000;
  const magnitude = float32Bits & 0x7fffffff;
  if (magnitude >= 0x38800000 && magnitude < 0x477ff000) {
    return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  if (magnitude < 0x38800000) {
    // In units of 2^-24: the fraction, its leading one made plain, moved by what the exponent lacks.
    const shift = 126 - (magnitude >>> 23);
    if (shift > 24) return sign;
    const fraction = (magnitude & 0x7fffff) | 0x800000;
    return sign | ((fraction + (1 << (shift - 1)) - 1 + ((fraction >>> shift) & 1)) >>> shift);
  }
  if (magnitude < 0x7f800000) return sign | 0x7bff;
  if (magnitude === 0x7f800000) return sign | 0x7c00;
  // No NaN may lose all of its fraction: it would be an infinity.
  const payload = (magnitude >>> 13) & 0x3ff;
  return sign | 0x7c00 | (payload === 0 ? 0x200 : payload);
}

/** The float32 that a half is, as bits (an int32). Of the half, the low 16 bits count. */
export function floatBitsOf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const magnitude = half & 0x7fff;
  if (magnitude >= 0x7c00) return sign | 0x7f800000 | ((magnitude & 0x3ff) << 13);
  if (magnitude >= 0x400) return sign | ((magnitude << 13) + 0x38000000);
  if (magnitude === 0) return sign;
  // Leading zeros of a subnormal half's ten bits become less of an exponent.
  const zeros = Math.clz32(magnitude);
  return sign | ((134 - zeros) << 23) | ((magnitude << (zeros - 8)) & 0x7fffff);
}

/** Words that so many halves take. */
export function halvesWords(count: number): number {
  return (count + 1) >>> 1;
}

/** Two halves a word, the low one first; an odd count is padded with zero. */
export function encodeHalves(values: Float32Array, words: Int32Array): void {
  const count = values.length;
  checkWords(words, count);
  const bits = new Int32Array(values.buffer, values.byteOffset, count);
  const pairs = count >>> 1;
  for (let i = 0; i < pairs; i++) {
    words[i] = halfOf(bits[2 * i]!) | (halfOf(bits[2 * i + 1]!) << 16);
  }
  if (count & 1) words[pairs] = halfOf(bits[count - 1]!);
}

/** Fills `values`. */
export function decodeHalves(words: Int32Array, values: Float32Array): void {
  const count = values.length;
  checkWords(words, count);
  // As bits, since a NaN keeps its own only where no number is made of it.
  const bits = new Int32Array(values.buffer, values.byteOffset, count);
  const pairs = count >>> 1;
  for (let i = 0; i < pairs; i++) {
    const word = words[i]!;
    bits[2 * i] = floatBitsOf(word);
    bits[2 * i + 1] = floatBitsOf(word >>> 16);
  }
  if (count & 1) bits[count - 1] = floatBitsOf(words[pairs]!);
}

function checkWords(words: Int32Array, count: number): void {
  if (words.length >= halvesWords(count)) return;
  throw new RangeError(`expected ${halvesWords(count)} words for ${count} halves`);
}
