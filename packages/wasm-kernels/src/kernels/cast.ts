import { Cast, type CastAttrs, type TensorInfo } from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";

/** To bool: anything but zero is true. tfjs' own keeps the low byte: 0.5 is false, and -1 is 255. */
export const cast = kernel<{ x: TensorInfo }, CastAttrs>(
  Cast,
  ({ inputs: { x }, attrs: { dtype }, heap, original }) => {
    if (dtype !== "bool" || (x.dtype !== "float32" && x.dtype !== "int32")) return original();
    const out = heap.output(x.shape, "bool");
    const from = x.dtype === "float32" ? heap.values(x) : heap.integers(x);
    const to = heap.bytes(out);
    for (const [i, value] of from.entries()) to[i] = value === 0 ? 0 : 1;
    return out;
  },
);
