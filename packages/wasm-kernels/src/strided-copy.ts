/**
 * Copies between tensors whose values lie in different orders. A slice, a transpose, a repetition, a
 * concatenation: each is a list of dimensions with a step in the source and one in the target; the
 * kernels only write down that list.
 */
import { type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap } from "./heap.js";

/** Steps are in values: 0 repeats what is there, a negative one goes backwards. */
export interface Dimension {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** Distances between neighbours along each axis of a tensor, in values. */
export function stepsOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => util.sizeFromShape(shape.slice(axis + 1)));
}

/** The dimensions of a copy that fills a contiguous target of `shape` from the source's `steps`. */
export function dimensionsOf(shape: readonly number[], steps: readonly number[]): Dimension[] {
  const targetSteps = stepsOf(shape);
  return shape.map((size, axis) => ({ size, from: steps[axis] ?? 0, to: targetSteps[axis] ?? 1 }));
}

/** Types whose tensors have values on the heap. */
export function hasValues({ dtype }: TensorInfo): boolean {
  return dtype === "float32" || dtype === "int32" || dtype === "bool";
}

/**
 * Copies values of `valueBytes`, 1 or 4, from one address to another. The dimensions are in the order
 * of the target, its innermost last.
 */
export function copyStrided(
  heap: Heap,
  source: number,
  target: number,
  dimensions: readonly Dimension[],
  valueBytes: number,
): void {
  if (dimensions.some(({ size }) => size === 0)) return;
  const inner = inOrder(merge(dimensions));
  const innerCount = valueBytes === 4 ? 4 : 2;
  const outer = inner.splice(0, Math.max(0, inner.length - innerCount));
  while (inner.length < innerCount) inner.unshift({ size: 1, from: 0, to: 0 });
  const steps = [
    ...inner.map(({ size }) => size),
    ...inner.map(({ from }) => from * valueBytes),
    ...inner.map(({ to }) => to * valueBytes),
  ];
  const { copy, copyBytes } = heap.assembly;
  const loop: (...numbers: number[]) => void = valueBytes === 4 ? copy : copyBytes;
  const run = (sourceAt: number, targetAt: number, depth: number): void => {
    const dimension = outer[depth];
    if (dimension === undefined) {
      loop(sourceAt, targetAt, ...steps);
      return;
    }
    for (let i = 0; i < dimension.size; i++) {
      const moved = i * valueBytes;
      run(sourceAt + moved * dimension.from, targetAt + moved * dimension.to, depth + 1);
    }
  };
  run(source, target, 0);
}

/** Neighbours that are one dimension in both tensors become one; those of one value fall away. */
function merge(dimensions: readonly Dimension[]): Dimension[] {
  const merged: Dimension[] = [];
  for (const dimension of dimensions) {
    if (dimension.size === 1) continue;
    const { size, from, to } = dimension;
    const before = merged.at(-1);
    if (before?.from === size * from && before.to === size * to) {
      merged[merged.length - 1] = { size: before.size * size, from, to };
    } else {
      merged.push(dimension);
    }
  }
  return merged;
}

/** Brings the dimension along which the source is contiguous beside the last one, for transposes. */
function inOrder(dimensions: Dimension[]): Dimension[] {
  const contiguous = dimensions.findIndex(({ from }) => from === 1);
  if (contiguous === -1 || contiguous >= dimensions.length - 2) return dimensions;
  return [
    ...dimensions.slice(0, contiguous),
    ...dimensions.slice(contiguous + 1, -1),
    ...dimensions.slice(contiguous, contiguous + 1),
    ...dimensions.slice(-1),
  ];
}
