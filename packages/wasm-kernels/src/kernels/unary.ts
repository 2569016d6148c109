import { Erf, Exp, Rsqrt, Sqrt, Tanh, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { kernel, type TrainingKernel } from "../kernel.js";

/** Functions of one value. tfjs' own call a function of C for each. */
export const unary: readonly TrainingKernel[] = (
  [
    [Erf, "erf"],
    [Exp, "exp"],
    [Rsqrt, "rsqrt"],
    [Sqrt, "sqrt"],
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
