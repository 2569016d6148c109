/**
 * What collectives among `size` members cost each of them, as bytes that it sends; it receives as many.
 * Rounded, since parts of a ring can differ by an element. Words and float32 elements are four bytes.
 */
const wordBytes = 4;

/** Of so many elements: a ring's reduce-scatter and all-gather. */
export function allReduceBytes(size: number, elements: number): number {
  return Math.round((2 * wordBytes * elements * (size - 1)) / size);
}

/** Of so many words from each member. */
export function allGatherBytes(size: number, partWords: number): number {
  return wordBytes * partWords * (size - 1);
}

/** Of so many words for each member; those for itself do not travel. */
export function allToAllBytes(size: number, partWords: number): number {
  return wordBytes * partWords * (size - 1);
}
