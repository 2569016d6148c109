import { Cast, type CastAttrs, Identity, NotEqual, type TensorInfo } from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";
import { runKernel } from "../run-kernel.js";

/**
 * To bool: anything but zero is true. tfjs' own keeps the low byte: 0.5 is false, and -1 is 255. To
 * its own type, as the gradients of products do: nothing is copied.
 */
export const cast = kernel<{ x: TensorInfo }, CastAttrs>(
  Cast,
  ({ inputs: { x }, attrs: { dtype }, heap, original }) => {
    if (dtype === x.dtype) return runKernel(heap, Identity, { x });
    if (dtype !== "bool" || (x.dtype !== "float32" && x.dtype !== "int32")) return original();
    const zero = heap.zeros([], x.dtype);
    const out = runKernel(heap, NotEqual, { a: x, b: zero });
    heap.backend.disposeData(zero.dataId);
    return out;
  },
);
