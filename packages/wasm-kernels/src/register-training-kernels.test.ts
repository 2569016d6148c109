import { describe, expect, it, jest } from "@jest/globals";
import type * as Wasm from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { dirname } from "node:path";
import { trainingKernels } from "./kernels/index.js";
import { registerTrainingKernels } from "./register-training-kernels.js";

/** In this order: what is imported, registered and started here is there for the rest of the file. */
describe("registerTrainingKernels", () => {
  it("asks for the wasm backend where it has not been imported", () => {
    expect(registerTrainingKernels).toThrow(/import "@tensorflow\/tfjs-backend-wasm" before/);
    expect(tf.getKernelsForBackend("wasm")).toEqual([]);
  });

  it("names the kernels that are in place, before the backend starts", async () => {
    const wasm = jest.requireActual<typeof Wasm>("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
    expect(registerTrainingKernels()).toEqual(trainingKernels.map(({ name }) => name));
    await tf.setBackend("wasm");
    expect(segmentSums()).toEqual([2, 1]);
  });

  it("changes nothing the second time, also after the backend's start", () => {
    const kernels = () => tf.getKernelsForBackend("wasm").map(({ kernelFunc }) => kernelFunc);
    const before = kernels();
    const warn = jest.spyOn(console, "warn").mockReturnValue();
    registerTrainingKernels();
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
    expect(kernels()).toEqual(before);
    expect(segmentSums()).toEqual([2, 1]);
  });
});

/** Of a kernel that tfjs lacks. */
function segmentSums(): number[] {
  return tf.tidy(() => {
    const segments = tf.tensor1d([0, 1, 0], "int32");
    return Array.from(tf.unsortedSegmentSum(tf.ones([3]), segments, 2).dataSync());
  });
}
