/** How a kernel of this package is written: a function from tensors on the heap to new ones. */
import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Heap } from "./heap.js";

export interface KernelCall<Inputs, Attributes> {
  readonly inputs: Inputs;
  readonly attrs: Attributes;
  readonly heap: Heap;
  /** Runs tfjs' own kernel on the same arguments, or changed ones: for what it does well. */
  readonly original: (changed?: ChangedCall) => TensorInfo;
}

export interface ChangedCall {
  readonly inputs?: Readonly<Record<string, TensorInfo>>;
  readonly attrs?: object;
}

export interface TrainingKernel {
  /** tfjs' name, as in kernel_names.ts. */
  readonly name: string;
  readonly run: (call: KernelCall<never, never>) => TensorInfo | TensorInfo[];
}

/** Types a kernel by tfjs' own types of its inputs and attributes. */
export function kernel<Inputs, Attributes>(
  name: string,
  run: (call: KernelCall<Inputs, Attributes>) => TensorInfo | TensorInfo[],
): TrainingKernel {
  return { name, run };
}
