import { Identity, type TensorInfo } from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";

/** One more reference to the same values, as on cpu; tfjs' wasm backend copies them. */
export const identity = kernel<{ x: TensorInfo }, object>(
  Identity,
  ({ inputs: { x }, heap, original }) => {
    if (x.dtype === "string") return original();
    heap.backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  },
);
