/**
 * Kernels of tfjs' wasm backend that take the bytes of whatever they get for float32, and answer
 * with rubbish: here other types are converted first, and back afterwards. Integers beyond 2^24
 * lose their last bits on the way.
 */
import {
  Cast,
  ClipByValue,
  type DataType,
  IsFinite,
  IsInf,
  IsNan,
  Log1p,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { kernel, type TrainingKernel } from "../kernel.js";
import { runKernel } from "../run-kernel.js";

/** Kernels of one input `x`, the types that go astray, and whether the result has that type too. */
const astray: readonly (readonly [string, readonly DataType[], "same" | "its own"])[] = [
  [ClipByValue, ["int32", "bool"], "same"],
  [IsFinite, ["int32", "bool"], "its own"],
  [IsInf, ["int32", "bool"], "its own"],
  [IsNan, ["int32", "bool"], "its own"],
  [Log1p, ["int32", "bool"], "its own"],
];

export const throughFloat32: readonly TrainingKernel[] = astray.map(([name, types, result]) =>
  kernel<{ x: TensorInfo }, object>(name, ({ inputs: { x }, heap, original }) => {
    if (!types.includes(x.dtype)) return original();
    const converted = runKernel(heap, Cast, { x }, { dtype: "float32" });
    const out = original({ inputs: { x: converted } });
    heap.backend.disposeData(converted.dataId);
    if (result !== "same") return out;
    const back = runKernel(heap, Cast, { x: out }, { dtype: x.dtype });
    heap.backend.disposeData(out.dataId);
    return back;
  }),
);
