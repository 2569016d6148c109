import { Cast, Select, type TensorInfo, upcastType } from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";
import { runKernel } from "../run-kernel.js";

/**
 * Choices between booleans, and between values of different types. tfjs' own copies four bytes for
 * each value whatever its type is: booleans have one, so it writes past the end of the output.
 */
export const select = kernel<{ condition: TensorInfo; t: TensorInfo; e: TensorInfo }, object>(
  Select,
  ({ inputs: { condition, t, e }, heap, original }) => {
    if (t.dtype !== e.dtype) {
      const dtype = upcastType(t.dtype, e.dtype);
      const yes = runKernel(heap, Cast, { x: t }, { dtype });
      const no = runKernel(heap, Cast, { x: e }, { dtype });
      const out = runKernel(heap, Select, { condition, t: yes, e: no });
      for (const cast of [yes, no]) heap.backend.disposeData(cast.dataId);
      return out;
    }
    if (t.dtype !== "bool") return original();
    const out = heap.output(t.shape, "bool");
    const [chosen, yes, no] = [heap.bytes(condition), heap.bytes(t), heap.bytes(e)];
    heap.bytes(out).set(chosen.map((isChosen, i) => (isChosen === 0 ? no : yes)[i] ?? 0));
    return out;
  },
);
