import { type TensorInfo, Transpose, type TransposeAttrs } from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";

/** Of tensors without elements, on which tfjs' own divides by zero. */
export const transpose = kernel<{ x: TensorInfo }, TransposeAttrs>(
  Transpose,
  ({ inputs: { x }, attrs: { perm }, heap, original }) =>
    x.shape.includes(0)
      ? heap.output(
          perm.map((axis) => x.shape[axis] ?? 0),
          x.dtype,
        )
      : original(),
);
