/**
 * Kernels of tfjs' wasm backend that take the bytes of whatever they get for float32, and answer
 * with rubbish: here other types are converted first. Integers beyond 2^24 lose their last bits.
 */
import { Cast, IsFinite, IsInf, IsNan, Log1p, type TensorInfo } from "@tensorflow/tfjs-core";
import { kernel, type TrainingKernel } from "../kernel.js";
import { runKernel } from "../run-kernel.js";

/** Kernels of one input `x`, whose results have a type of their own. */
const astray = [IsFinite, IsInf, IsNan, Log1p];

export const throughFloat32: readonly TrainingKernel[] = astray.map((name) =>
  kernel<{ x: TensorInfo }, object>(name, ({ inputs: { x }, heap, original }) => {
    if (x.dtype !== "int32" && x.dtype !== "bool") return original();
    const converted = runKernel(heap, Cast, { x }, { dtype: "float32" });
    const out = original({ inputs: { x: converted } });
    heap.backend.disposeData(converted.dataId);
    return out;
  }),
);
