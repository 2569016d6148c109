import { Cast, Select, type TensorInfo, upcastType, util } from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";
import { runKernel } from "../run-kernel.js";

/**
 * Choices between values of the same shape. tfjs' own goes value by value, and copies four bytes for
 * each whatever its type is: booleans have one, so it writes past the end of the output.
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
    const count = util.sizeFromShape(t.shape);
    const isOneToOne = util.sizeFromShape(condition.shape) === count;
    if (t.dtype === "string" || (t.dtype !== "bool" && !isOneToOne)) return original();
    const out = heap.output(t.shape, t.dtype);
    if (t.dtype === "bool") {
      const [chosen, yes, no] = [heap.bytes(condition), heap.bytes(t), heap.bytes(e)];
      heap.bytes(out).set(chosen.map((isChosen, i) => (isChosen === 0 ? no : yes)[i] ?? 0));
    } else {
      const addresses = [condition, t, e, out].map((tensor) => heap.addressOf(tensor));
      const [chosen = 0, yes = 0, no = 0, target = 0] = addresses;
      heap.assembly.select(chosen, yes, no, target, count);
    }
    return out;
  },
);
