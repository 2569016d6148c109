/** The memory of tfjs' wasm backend, as the kernels here see it: addresses, outputs and scratch. */
import { type DataType, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { type Assembly, instantiate } from "./assembly.js";

/** What is used of tfjs' BackendWasm; `asm` is emscripten's table of exports. */
export interface WasmBackend {
  readonly wasm: {
    readonly HEAPU8: Uint8Array;
    readonly asm?: Readonly<Record<string, unknown>>;
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
  getMemoryOffset(dataId: object): number;
  makeOutput(shape: number[], dtype: DataType): TensorInfo;
  disposeData(dataId: object): void;
  incRef(dataId: object): void;
}

export interface Heap {
  readonly assembly: Assembly;
  readonly backend: WasmBackend;
  /** Address of a tensor's first byte. */
  addressOf(tensor: TensorInfo): number;
  /** A new tensor; what it holds is undefined. */
  output(shape: readonly number[], dtype?: DataType): TensorInfo;
  /** A new tensor of zeros. */
  zeros(shape: readonly number[], dtype?: DataType): TensorInfo;
  /** A tensor's values where they lie. Valid until the next allocation, which may move the heap. */
  values(tensor: TensorInfo): Float32Array;
  /** The same for an int32 tensor. */
  integers(tensor: TensorInfo): Int32Array;
  /** The same for a bool tensor. */
  bytes(tensor: TensorInfo): Uint8Array;
  /** Memory of `bytes` for as long as `use` runs. */
  withScratch<Result>(bytes: number, use: (address: number) => Result): Result;
}

const heaps = new WeakMap<WasmBackend, Heap>();

/** The heap of `backend`, made at the first call. */
export function heapOf(backend: WasmBackend): Heap {
  let heap = heaps.get(backend);
  if (heap === undefined) {
    heap = createHeap(backend);
    heaps.set(backend, heap);
  }
  return heap;
}

function outOfMemory(what: string): Error {
  return new Error(
    `The wasm backend is out of memory: a kernel needs ${what}. Use smaller batches; the backend's ` +
      "memory ends at 4 GiB, or 2 in older versions.",
  );
}

function createHeap(backend: WasmBackend): Heap {
  const { wasm } = backend;
  const assembly = instantiate(memoryOf(backend));
  const addressOf = (tensor: TensorInfo) => backend.getMemoryOffset(tensor.dataId) >>> 0;
  const output = (shape: readonly number[], dtype: DataType = "float32") => {
    const size = util.sizeFromShape([...shape]);
    // Where a filter is larger than an image, as cpu says it; malloc would take it for 4 GiB.
    if (size < 0) throw new RangeError(`Invalid typed array length: ${size}`);
    const tensor = backend.makeOutput([...shape], dtype);
    // tfjs does not look: what malloc refuses would be written over the start of the memory.
    if (size > 0 && addressOf(tensor) === 0) {
      backend.disposeData(tensor.dataId);
      throw outOfMemory(`${size * util.bytesPerElement(dtype)} bytes for its result`);
    }
    return tensor;
  };
  return {
    assembly,
    backend,
    addressOf,
    output,
    zeros: (shape, dtype = "float32") => {
      const tensor = output(shape, dtype);
      const bytes = util.sizeFromShape([...shape]) * util.bytesPerElement(dtype);
      const address = addressOf(tensor);
      wasm.HEAPU8.fill(0, address, address + bytes);
      return tensor;
    },
    values: (tensor) =>
      new Float32Array(wasm.HEAPU8.buffer, addressOf(tensor), util.sizeFromShape(tensor.shape)),
    integers: (tensor) =>
      new Int32Array(wasm.HEAPU8.buffer, addressOf(tensor), util.sizeFromShape(tensor.shape)),
    bytes: (tensor) =>
      new Uint8Array(wasm.HEAPU8.buffer, addressOf(tensor), util.sizeFromShape(tensor.shape)),
    withScratch: (bytes, use) => {
      const address = wasm._malloc(bytes) >>> 0;
      if (address === 0 && bytes > 0) {
        throw outOfMemory(`${bytes} bytes beside its tensors`);
      }
      try {
        return use(address);
      } finally {
        wasm._free(address);
      }
    },
  };
}

function memoryOf(backend: WasmBackend): WebAssembly.Memory<ArrayBufferLike> {
  const memory = backend.wasm.asm?.["memory"];
  if (!(memory instanceof WebAssembly.Memory) || memory.buffer instanceof SharedArrayBuffer) {
    throw new Error(
      "Expected @tensorflow/tfjs-backend-wasm 4.x with one thread, whose memory the training " +
        "kernels share; its module shows no such memory. Set WASM_HAS_MULTITHREAD_SUPPORT to false " +
        "before the backend starts, or use a version of 4.x.",
    );
  }
  return memory as WebAssembly.Memory<ArrayBufferLike>;
}
