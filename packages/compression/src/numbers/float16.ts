/**
 * Half precision (binary16: 1 sign, 5 exponent, 10 fraction bits) in integers: JavaScript of this day
 * has no Float16Array. Rounds to nearest, ties to even, subnormals too. What is finite stays finite:
 * beyond ±65504 it is clamped, since a gradient that is merely large must not become an infinity.
 * Infinities and NaN stay what they are.
 *
 * Gradients lie on both sides of the smallest normal half (6e-5), where a branch for either would be
 * guessed wrong half of the time: so tables by sign and exponent say what to add and by how much to
 * shift, after J. van der Zijp, "Fast half float conversions", 2008, here with rounding.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernels: indices are masked or checked */

/** By a float's upper nine bits: sign and exponent of the half, and how far to shift the fraction. */
const bases = new Int32Array(512);
const shifts = new Int32Array(512);
for (let i = 0; i < 512; i++) {
  const sign = (i & 0x100) << 7;
  const exponent = (i & 0xff) - 112;
  // The fraction's leading one, made plain, adds one to the exponent of a normal half.
  bases[i] = exponent > 0 ? sign | ((exponent - 1) << 10) : sign;
  shifts[i] = exponent > 0 ? 13 : Math.min(14 - exponent, 25);
}

/** The half nearest to a float32; both as bits, the half in the low 16. */
export function halfOf(float32Bits: number): number {
  if ((float32Bits & 0x7fffffff) >= 0x477ff000) return beyondHalves(float32Bits);
  const shift = shifts[float32Bits >>> 23]!;
  const fraction = (float32Bits & 0x7fffff) | 0x800000;
  const rounding = (1 << (shift - 1)) - 1 + ((fraction >>> shift) & 1);
  // Where rounding carries out of the fraction, it carries into the exponent, as it should.
  return bases[float32Bits >>> 23]! + ((fraction + rounding) >>> shift);
}

function beyondHalves(float32Bits: number): number {
  const sign = (float32Bits >>> 16) & 0x8000;
  const magnitude = float32Bits & 0x7fffffff;
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

let halves: Float32Array | undefined;

/** The number that each half is, by its bits: 65536 of them, for loops. Made once, when first asked for. */
function numbersOfHalves(): Float32Array {
  if (halves === undefined) {
    const bits = Int32Array.from({ length: 0x10000 }, (_, half) => floatBitsOf(half));
    halves = new Float32Array(bits.buffer);
  }
  return halves;
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
  const table = new Int32Array(numbersOfHalves().buffer);
  const pairs = count >>> 1;
  for (let i = 0; i < pairs; i++) {
    const word = words[i]!;
    bits[2 * i] = table[word & 0xffff]!;
    bits[2 * i + 1] = table[word >>> 16]!;
  }
  if (count & 1) bits[count - 1] = table[words[pairs]! & 0xffff]!;
}

function checkWords(words: Int32Array, count: number): void {
  if (words.length >= halvesWords(count)) return;
  throw new RangeError(`expected ${halvesWords(count)} words for ${count} halves`);
}
