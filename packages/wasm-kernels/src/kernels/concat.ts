import {
  backend_util,
  Concat,
  type ConcatAttrs,
  Identity,
  Pack,
  type PackAttrs,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";
import { runKernel } from "../run-kernel.js";
import { copyStrided, hasValues, stepsOf } from "../strided-copy.js";

type Tensors = readonly TensorInfo[];

/** tfjs' own makes two views for each run of values that it copies. */
export const concat = kernel<Tensors, ConcatAttrs>(Concat, ({ inputs, attrs, heap, original }) => {
  const [axis = 0] = util.parseAxisParam(attrs.axis, inputs[0]?.shape ?? []);
  const shapes = inputs.map(({ shape }) => shape);
  backend_util.assertParamsConsistent(shapes, axis);
  return inputs.every(hasValues) ? join(heap, inputs, axis) : original();
});

export const pack = kernel<Tensors, PackAttrs>(Pack, ({ inputs, attrs, heap, original }) => {
  if (!inputs.every(hasValues)) return original();
  const [first] = inputs;
  const rank = (first?.shape.length ?? 0) + 1;
  const axis = attrs.axis < 0 ? attrs.axis + rank : attrs.axis;
  const rows = inputs.map(({ dataId, shape, dtype }) => {
    const what = "All tensors passed to stack must have matching";
    util.assertShapesMatch(first?.shape ?? [], shape, `${what} shapes`);
    util.assert(dtype === first?.dtype, () => `${what} dtypes`);
    return { dataId, shape: shape.toSpliced(axis, 0, 1), dtype };
  });
  return join(heap, rows, axis);
});

function join(heap: Heap, inputs: Tensors, axis: number): TensorInfo {
  const shape = backend_util.computeOutShape(
    inputs.map((input) => [...input.shape]),
    axis,
  );
  const full = inputs.filter((input) => !input.shape.includes(0));
  const [first, second] = full;
  if (first !== undefined && second === undefined) return runKernel(heap, Identity, { x: first });
  const out = heap.output(shape, inputs[0]?.dtype);
  const steps = stepsOf(shape);
  let target = heap.addressOf(out);
  for (const input of full) {
    const valueBytes = util.bytesPerElement(input.dtype);
    const dimensions = stepsOf(input.shape).map((from, i) => {
      return { size: input.shape[i] ?? 1, from, to: steps[i] ?? 1 };
    });
    copyStrided(heap, heap.addressOf(input), target, dimensions, valueBytes);
    target += (input.shape[axis] ?? 1) * (steps[axis] ?? 1) * valueBytes;
  }
  return out;
}
