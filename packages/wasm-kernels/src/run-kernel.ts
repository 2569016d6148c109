import { getKernel, type NamedAttrMap, type TensorInfo } from "@tensorflow/tfjs-core";
import type { Heap } from "./heap.js";

/**
 * Runs another kernel of the wasm backend as it is registered, ours or tfjs'. Not through tfjs'
 * operations: those make tensors that a kernel's caller would never dispose of. The caller owns the
 * result, and gives it back with `heap.backend.disposeData`.
 */
export function runKernel(
  heap: Heap,
  name: string,
  inputs: Readonly<Record<string, TensorInfo>>,
  attrs: NamedAttrMap = {},
): TensorInfo {
  const { kernelFunc } = getKernel(name, "wasm");
  return kernelFunc({ inputs, attrs, backend: heap.backend }) as TensorInfo;
}
