import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { registerTrainingKernels } from "@kolo/wasm-kernels";
import { dirname } from "node:path";

/** Starts tfjs' cpu and wasm backends, the second one with the training kernels. */
export async function startBackends(): Promise<void> {
  setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  registerTrainingKernels();
  tf.enableProdMode(); // No advice on the console to use tfjs-node.
  await tf.setBackend("cpu");
  await tf.setBackend("wasm");
}
