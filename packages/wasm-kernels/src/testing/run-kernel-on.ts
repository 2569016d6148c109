/**
 * Runs one kernel on tfjs' cpu backend or on the wasm one, on plain numbers, as tfjs would: without
 * its operations around it, which check and reshape. After each call of a wasm kernel it looks for
 * what the call left behind: tensors, data, scratch memory, changes to its inputs.
 */
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import {
  env,
  findBackend,
  getKernel,
  type KernelBackend,
  memory,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  setBackend,
  type TensorInfo,
  type TypedArray,
} from "@tensorflow/tfjs-core";
import { dirname } from "node:path";
import type { WasmBackend } from "../heap.js";
import { registerTrainingKernels } from "../register-training-kernels.js";

/** A tensor, spelled out. */
export interface Values {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32" | "bool";
  readonly values: readonly number[];
}

/** Those that are undefined are left out: the kernel's optional inputs. */
export type Inputs = Readonly<Record<string, Values | undefined>> | readonly Values[];

const constructors = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** Call it once, in `beforeAll`. */
export async function startBackends(): Promise<void> {
  setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  registerTrainingKernels();
  env().set("IS_TEST", true); // No advice on the console to use tfjs-node.
  await setBackend("cpu");
  await setBackend("wasm");
  countAllocations(findBackend("wasm") as unknown as WasmBackend);
}

export function runOnCpu(kernel: string, inputs: Inputs, attrs: object = {}): Values {
  return first(runAllOnCpu(kernel, inputs, attrs));
}

export function runOnWasm(kernel: string, inputs: Inputs, attrs: object = {}): Values {
  return first(runAllOnWasm(kernel, inputs, attrs));
}

/** For kernels that make several tensors. */
export function runAllOnCpu(kernel: string, inputs: Inputs, attrs: object): Values[] {
  return run("cpu", kernel, inputs, attrs);
}

export function runAllOnWasm(kernel: string, inputs: Inputs, attrs: object): Values[] {
  const before = held();
  let result;
  try {
    result = run("wasm", kernel, inputs, attrs);
  } catch (error) {
    assertHeld(kernel, before);
    throw error;
  }
  assertHeld(kernel, before);
  return result;
}

function first([values]: Values[]): Values {
  if (values === undefined) throw new Error("Expected a tensor, got none.");
  return values;
}

function run(backendName: string, kernel: string, inputs: Inputs, attrs: object): Values[] {
  const backend = findBackend(backendName);
  const given = Object.entries(inputs).filter(
    (entry): entry is [string, Values] => entry[1] !== undefined,
  );
  const tensors = given.map(([name, { shape, dtype, values }]) => {
    const dataId = backend.write(constructors[dtype].from(values), [...shape], dtype);
    // Some of cpu's kernels ask for the rank, which tensors have, and which no type promises.
    const tensor = { dataId, shape: [...shape], dtype, rank: shape.length };
    return [name, tensor] as const;
  });
  try {
    const output = getKernel(kernel, backendName).kernelFunc({
      inputs: (Array.isArray(inputs)
        ? tensors.map(([, tensor]) => tensor)
        : Object.fromEntries(tensors)) as NamedTensorInfoMap,
      attrs: attrs as NamedAttrMap,
      backend,
    });
    const outputs = [output].flat().map((tensor) => {
      // Zeros of both signs are the same here.
      const values = read(backend, tensor).map((value) => value + 0);
      backend.disposeData(tensor.dataId);
      return { shape: tensor.shape, dtype: tensor.dtype as Values["dtype"], values };
    });
    for (const [i, [name, tensor]] of tensors.entries()) {
      const [, { values: expected, dtype }] = given[i] ?? [name, { values: [], dtype: "bool" }];
      const left = read(backend, tensor);
      const same = constructors[dtype]
        .from(expected)
        .every((value, j) => Object.is(value, left[j]));
      if (!same) throw new Error(`${kernel} changed its input ${name}`);
    }
    return outputs;
  } finally {
    for (const [, tensor] of tensors) backend.disposeData(tensor.dataId);
  }
}

function read(backend: KernelBackend, { dataId }: TensorInfo): number[] {
  return Array.from(backend.readSync(dataId) as TypedArray);
}

const live = new Set<number>();

function countAllocations({ wasm }: WasmBackend): void {
  // Emscripten replaces these two by the real ones at their first call.
  wasm._free(wasm._malloc(1));
  const malloc = wasm._malloc.bind(wasm);
  const free = wasm._free.bind(wasm);
  wasm._malloc = (bytes) => {
    const address = malloc(bytes);
    live.add(address);
    return address;
  };
  wasm._free = (address) => {
    live.delete(address);
    free(address);
  };
}

/** What a kernel may not change. */
function held(): object {
  return {
    tensors: memory().numTensors,
    data: findBackend("wasm").numDataIds(),
    allocations: live.size,
  };
}

function assertHeld(kernel: string, before: object): void {
  const [was, is] = [before, held()].map((counts) => JSON.stringify(counts));
  if (was !== is) throw new Error(`${kernel} left something behind: before ${was}, after ${is}`);
}
