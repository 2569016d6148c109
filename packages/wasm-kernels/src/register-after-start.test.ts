import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import { dirname } from "node:path";
import { registerTrainingKernels } from "./register-training-kernels.js";

it("gives the kernels to a backend that has been at work already", async () => {
  setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  await tf.setBackend("wasm");
  const segmentSum = () =>
    tf.tidy(() =>
      Array.from(
        tf.unsortedSegmentSum(tf.ones([3]), tf.tensor1d([0, 1, 0], "int32"), 2).dataSync(),
      ),
    );
  expect(segmentSum).toThrow("Kernel 'UnsortedSegmentSum' not registered for backend 'wasm'");
  registerTrainingKernels();
  expect(segmentSum()).toEqual([2, 1]);
  // One that tfjs has too, and that ours falls back on.
  const x = tf.ones<tf.Rank.R4>([1, 3, 3, 1]);
  const filter = tf.ones<tf.Rank.R4>([2, 2, 1, 1]);
  const dilated = tf.conv2d(x, filter, 1, "valid", "NHWC", 2);
  expect(Array.from(dilated.dataSync())).toEqual([4]);
});
