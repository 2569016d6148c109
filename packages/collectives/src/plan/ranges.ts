/** Cutting a buffer into the ranges that ranks own. */
import { type Range } from "./plan.js";

/** `elementCount` elements in `size` chunks: sizes differ by at most one and may be zero. */
export function evenCounts(elementCount: number, size: number): number[] {
  const base = Math.floor(elementCount / size);
  const larger = elementCount % size;
  return Array.from({ length: size }, (_, i) => base + (i < larger ? 1 : 0));
}

/** Ranges of these sizes, one after the other, from `start` on. */
export function consecutive(counts: readonly number[], start = 0): Range[] {
  let offset = start;
  return counts.map((count) => {
    const range = { offset, count };
    offset += count;
    return range;
  });
}

export function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
