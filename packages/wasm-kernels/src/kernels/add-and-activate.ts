import { Add, type backend_util, type TensorInfo, util } from "@tensorflow/tfjs-core";
import type { Heap } from "../heap.js";
import { runKernel } from "../run-kernel.js";

/** What fused kernels do after the product. */
export interface Fused {
  readonly bias?: TensorInfo | undefined;
  readonly preluActivationWeights?: TensorInfo | undefined;
  readonly activation?: backend_util.Activation | null;
  readonly leakyreluAlpha?: number;
}

const kernels: Readonly<Partial<Record<string, string>>> = {
  linear: "Identity",
  relu: "Relu",
  relu6: "Relu6",
  elu: "Elu",
  sigmoid: "Sigmoid",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
};

/** One value for each of the last dimension's `columns`: the inner loops add such a bias themselves. */
export function isPerColumn(bias: TensorInfo | undefined, columns: number | undefined): boolean {
  return (
    bias === undefined ||
    (bias.shape.at(-1) === columns && util.sizeFromShape(bias.shape) === columns)
  );
}

/** Adds the bias, applies the activation, and gives back `x`: the rest of a fused kernel, one by one. */
export function addAndActivate(heap: Heap, x: TensorInfo, fused: Fused): TensorInfo {
  const { bias, preluActivationWeights: alpha, activation, leakyreluAlpha } = fused;
  const name = kernels[activation ?? "linear"];
  let current = x;
  const replace = (next: TensorInfo) => {
    heap.backend.disposeData(current.dataId);
    current = next;
  };
  if (name === undefined) {
    heap.backend.disposeData(x.dataId);
    throw new Error(`Activation ${activation} has not been implemented for the wasm backend.`);
  }
  if (bias) replace(runKernel(heap, Add, { a: current, b: bias }));
  const inputs = { x: current, ...(alpha && { alpha }) };
  const attrs = leakyreluAlpha === undefined ? {} : { alpha: leakyreluAlpha };
  replace(runKernel(heap, name, inputs, attrs));
  return current;
}
