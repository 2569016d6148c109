/**
 * Vectors made orthogonal to each other and of length 1: Gram-Schmidt, modified, and each projection
 * done twice, which is enough (Giraud, Langou & Rozložník, 2005). Dots and norms are taken in doubles,
 * where squares of float32 neither overflow nor vanish, and vectors are made unit vectors first: so
 * only zero is too small. The same bits in give the same bits out, on any machine: no operation is
 * used but those that IEEE 754 rounds correctly.
 */
import { inParts, type Work } from "@kolo/core";
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernels: vectors are whole */

/** Of a unit vector, what may be left by rounding alone when others are projected out of it. */
const roundingNorm = 1e-6;

/** No random vector lies in the span of fewer vectors than it has elements, let alone three. */
const maxRefills = 3;

/** Fills a vector that brings nothing new. */
export type Refill = (vector: Float32Array, index: number, attempt: number) => Work;

/**
 * Of vectors of `length` elements, one after the other, all finite. A vector that is zero, or depends
 * on those before it, becomes what `refill` makes of it, or else zero.
 */
export function* orthonormalize(vectors: Float32Array, length: number, refill?: Refill): Work {
  for (let index = 0; index * length < vectors.length; index++) {
    const vector = vectors.subarray(index * length, (index + 1) * length);
    const before = vectors.subarray(0, index * length);
    let isNew = yield* makeNew(vector, before);
    for (let attempt = 0; !isNew && refill !== undefined && attempt < maxRefills; attempt++) {
      yield* refill(vector, index, attempt);
      isNew = yield* makeNew(vector, before);
    }
    if (!isNew) yield* inParts(length, (start, end) => vector.fill(0, start, end));
  }
}

/** False where nothing is left of it. */
function* makeNew(vector: Float32Array, others: Float32Array): Work<boolean> {
  const length = vector.length;
  if (!(yield* makeUnit(vector, 0))) return false;
  for (let time = 0; time < 2; time++) {
    for (let at = 0; at < others.length; at += length) {
      const other = others.subarray(at, at + length);
      const dot = yield* dotOf(vector, other);
      yield* inParts(length, (start, end) => {
        for (let i = start; i < end; i++) vector[i]! -= dot * other[i]!;
      });
    }
    if (!(yield* makeUnit(vector, roundingNorm))) return false;
  }
  return true;
}

function* makeUnit(vector: Float32Array, smallestNorm: number): Work<boolean> {
  const norm = Math.sqrt(yield* dotOf(vector, vector));
  if (norm <= smallestNorm) return false;
  yield* inParts(vector.length, (start, end) => {
    for (let i = start; i < end; i++) vector[i]! /= norm;
  });
  return true;
}

function* dotOf(one: Float32Array, other: Float32Array): Work<number> {
  let dot = 0;
  yield* inParts(one.length, (start, end) => {
    let sum = dot;
    for (let i = start; i < end; i++) sum += one[i]! * other[i]!;
    dot = sum;
  });
  return dot;
}
