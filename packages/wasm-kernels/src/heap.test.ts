import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { findBackend } from "@tensorflow/tfjs-core";
import { heapOf, type WasmBackend } from "./heap.js";
import { runOnWasm, startBackends } from "./testing/run-kernel-on.js";
import { integers } from "./testing/values.js";

describe("the heap", () => {
  let backend: WasmBackend;
  let malloc: WasmBackend["wasm"]["_malloc"];
  beforeAll(async () => {
    await startBackends();
    backend = findBackend("wasm") as unknown as WasmBackend;
    malloc = backend.wasm._malloc.bind(backend.wasm);
  });
  afterEach(() => {
    backend.wasm._malloc = malloc;
  });

  /** Refuses everything of at least so many bytes, as malloc does at the end of the memory. */
  const refuse = (bytes: number): void => {
    backend.wasm._malloc = (wanted) => (wanted >= bytes ? 0 : malloc(wanted));
  };

  // Each operand has 320 bytes, the result has 1024.
  const inputs = { a: integers([16, 5], 1), b: integers([5, 16], 2) };
  const attrs = { transposeA: false, transposeB: false };
  const product = () => runOnWasm("BatchMatMul", inputs, attrs);

  it("says that there is no room for a result, and for what a kernel needs beside it", () => {
    const expected = product();
    refuse(16 * 16 * 4);
    expect(product).toThrow("out of memory: a kernel needs 1024 bytes for its result");
    const heap = heapOf(backend);
    expect(() => heap.withScratch(2000, () => 0)).toThrow("needs 2000 bytes beside its tensors");
    backend.wasm._malloc = malloc;
    expect(product()).toEqual(expected);
  });

  it("has room for results without elements, and for no scratch at all", () => {
    refuse(0);
    const heap = heapOf(backend);
    backend.disposeData(heap.output([0, 3]).dataId);
    expect(heap.withScratch(0, () => "used")).toBe("used");
  });

  it("says what is missing where a backend does not show its memory", () => {
    const threaded = { ...backend, wasm: { ...backend.wasm, asm: {} } };
    expect(() => heapOf(threaded as WasmBackend)).toThrow(
      "Expected @tensorflow/tfjs-backend-wasm 4.x with one thread",
    );
  });
});
