/**
 * Vectors made orthogonal to each other and of length 1: Gram-Schmidt, modified, and each projection
 * done twice, which is enough (Giraud, Langou & Rozložník, 2005). Dots and norms are taken in doubles,
 * where squares of float32 neither overflow nor vanish, and vectors are made unit vectors first: so
 * only zero is too small. The same bits in give the same bits out, on any machine: no operation is
 * used but those that IEEE 754 rounds correctly.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernels: vectors are whole */

/** Of a unit vector, what may be left by rounding alone when others are projected out of it. */
const roundingNorm = 1e-6;

/** No random vector lies in the span of fewer vectors than it has elements, let alone three. */
const maxRefills = 3;

/** Fills a vector that brings nothing new. */
export type Refill = (vector: Float32Array, index: number, attempt: number) => void;

/**
 * Of vectors of `length` elements, one after the other, all finite. A vector that is zero, or depends
 * on those before it, becomes what `refill` makes of it, or else zero.
 */
export function orthonormalize(vectors: Float32Array, length: number, refill?: Refill): void {
  for (let index = 0; index * length < vectors.length; index++) {
    const vector = vectors.subarray(index * length, (index + 1) * length);
    const before = vectors.subarray(0, index * length);
    let isNew = makeNew(vector, before);
    for (let attempt = 0; !isNew && refill !== undefined && attempt < maxRefills; attempt++) {
      refill(vector, index, attempt);
      isNew = makeNew(vector, before);
    }
    if (!isNew) vector.fill(0);
  }
}

/** False where nothing is left of it. */
function makeNew(vector: Float32Array, others: Float32Array): boolean {
  const length = vector.length;
  if (!makeUnit(vector, 0)) return false;
  for (let time = 0; time < 2; time++) {
    for (let other = 0; other < others.length; other += length) {
      let dot = 0;
      for (let i = 0; i < length; i++) dot += vector[i]! * others[other + i]!;
      for (let i = 0; i < length; i++) vector[i]! -= dot * others[other + i]!;
    }
    if (!makeUnit(vector, roundingNorm)) return false;
  }
  return true;
}

function makeUnit(vector: Float32Array, smallestNorm: number): boolean {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += vector[i]! * vector[i]!;
  const norm = Math.sqrt(sum);
  if (norm <= smallestNorm) return false;
  for (let i = 0; i < vector.length; i++) vector[i]! /= norm;
  return true;
}
