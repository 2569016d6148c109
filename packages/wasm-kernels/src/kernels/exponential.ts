import { Erf, Exp, Tanh, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { kernel, type TrainingKernel } from "../kernel.js";

/** tfjs' own call a function of C for each value. */
export const exponential: readonly TrainingKernel[] = (
  [
    [Erf, "erf"],
    [Exp, "exp"],
    [Tanh, "tanh"],
  ] as const
).map(([name, loop]) =>
  kernel<{ x: TensorInfo }, object>(name, ({ inputs: { x }, heap, original }) => {
    if (x.dtype !== "float32") return original();
    const out = heap.output(x.shape);
    heap.assembly[loop](heap.addressOf(x), heap.addressOf(out), util.sizeFromShape(x.shape));
    return out;
  }),
);
