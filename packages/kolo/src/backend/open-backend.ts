import type * as tfjs from "@tensorflow/tfjs";
import { type BackendName } from "@kolo/core";
import { type Attempt } from "./attempt.js";
import { startTensorFlow } from "./load-tensorflow.js";
import { startWasm } from "./load-wasm.js";

/** Loads a backend from the program's packages, sets it, and sees whether it computes. */
export async function openBackend(
  tf: typeof tfjs,
  name: BackendName,
  folders: readonly string[],
): Promise<Attempt> {
  switch (name) {
    case "tensorflow-gpu":
    case "tensorflow":
      return startTensorFlow(tf, name, folders);
    case "wasm":
      return startWasm(tf, folders);
    case "cpu":
      // Part of tfjs, and nothing to try; its first operation would print a banner on every rank.
      await tf.setBackend("cpu");
      return { works: true, detail: "plain JavaScript, slow" };
  }
}
