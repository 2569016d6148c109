import {
  getGradient,
  getKernel,
  getKernelsForBackend,
  type GradConfig,
  type KernelConfig,
  type KernelFunc,
  registerGradient,
  registerKernel,
  type TensorInfo,
  unregisterGradient,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { einsumGradient } from "./gradients/einsum.js";
import { fasterGradients } from "./gradients/index.js";
import { heapOf, type WasmBackend } from "./heap.js";
import type { ChangedCall, TrainingKernel } from "./kernel.js";
import { trainingKernels } from "./kernels/index.js";

const backendName = "wasm";
const registered = new WeakSet<KernelFunc>();

/**
 * Gives tfjs' wasm backend the kernels that training needs: those it lacks, faster ones, and right
 * ones where it is wrong; and tfjs, for all backends, the gradient of einsum, and those of tiles,
 * sums, means and batch normalizations in fewer steps. Import `@tensorflow/tfjs-backend-wasm` first;
 * before or after `tf.setBackend("wasm")` are both fine, and a second call does nothing.
 *
 * Returns the names of the kernels that are now in place. Throws where the wasm backend has not
 * been imported.
 */
export function registerTrainingKernels(): readonly string[] {
  if (getKernelsForBackend(backendName).length === 0) {
    throw new Error(
      'Expected the wasm backend to be there: import "@tensorflow/tfjs-backend-wasm" before ' +
        "registerTrainingKernels().",
    );
  }
  for (const kernel of trainingKernels) replace(kernel);
  if (gradientOf(einsumGradient.kernelName) === undefined) registerGradient(einsumGradient);
  for (const gradient of fasterGradients) replaceGradient(gradient);
  return trainingKernels.map((kernel) => kernel.name);
}

function gradientOf(kernelName: string): GradConfig | undefined {
  return getGradient(kernelName);
}

function replaceGradient(gradient: GradConfig): void {
  const { kernelName } = gradient;
  const original = gradientOf(kernelName);
  if (original === gradient) return;
  if (original !== undefined) unregisterGradient(kernelName);
  registerGradient(gradient);
}

function replace({ name, run }: TrainingKernel): void {
  const original = getKernel(name, backendName) as KernelConfig | undefined;
  if (original !== undefined && registered.has(original.kernelFunc)) return;
  const kernelFunc: KernelFunc = (call) => {
    const { inputs, attrs } = call;
    const heap = heapOf(call.backend as WasmBackend);
    const runOriginal = (changed: ChangedCall = {}) => {
      if (original === undefined) throw new Error(`The wasm backend has no other ${name} kernel.`);
      return original.kernelFunc({
        ...call,
        inputs: { ...inputs, ...changed.inputs },
        attrs: { ...attrs, ...changed.attrs },
      }) as TensorInfo;
    };
    // The kernel's own types are tfjs' types of this kernel's inputs and attributes.
    return run({ inputs, attrs, heap, original: runOriginal } as unknown as Parameters<
      typeof run
    >[0]);
  };
  registered.add(kernelFunc);
  if (original !== undefined) unregisterKernel(name, backendName);
  // The set-up of tfjs' own kernel stays: it runs when the backend starts, and is needed to fall back.
  const { setupFunc, disposeFunc } = original ?? {};
  registerKernel({
    kernelName: name,
    backendName,
    kernelFunc,
    ...(setupFunc && { setupFunc }),
    ...(disposeFunc && { disposeFunc }),
  });
}
