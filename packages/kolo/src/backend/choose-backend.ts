/**
 * Which tfjs backend computes. tfjs itself would take the one of highest priority that is registered,
 * which in Node is cpu, tens of times slower than wasm.
 */
import type * as tfjs from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { registerTrainingKernels } from "@kolo/wasm-kernels";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { refuseTwoCopies } from "./refuse-two-copies.js";

type TensorFlow = typeof tfjs;

export interface ChosenBackend {
  readonly backend: string;
  /** In words, for `--verbose`. */
  readonly reason: string;
}

const wasmPackage = "@tensorflow/tfjs-backend-wasm";
// Not plain `require`: the path is known at run time only, and a bundler must not look for it.
const load = createRequire(__filename);

/**
 * Sets the backend of `tf`, and resolves when it is ready.
 *
 * "auto": what the program has set before (other than cpu and webgl, which tfjs may have set by
 * itself; tfjs-node sets "tensorflow"), else wasm where its package is installed and starts, else
 * cpu. Other names: that one, or an error.
 *
 * Throws `backend_unavailable`, which says what to install, and `config_invalid` where two copies of
 * tfjs are loaded.
 */
export async function chooseBackend(
  tf: TensorFlow,
  requested: string,
  resolveWasm = resolveInstalledWasm,
): Promise<ChosenBackend> {
  refuseTwoCopies(Object.keys(load.cache));
  if (requested !== "auto") {
    await (requested === "wasm" ? setWasm(tf, resolveWasm) : setRegistered(tf, requested));
    return { backend: requested, reason: "asked for" };
  }
  const current = tf.getBackend() as string | null | undefined;
  if (current != null && current !== "cpu" && current !== "webgl") {
    await tf.ready();
    return { backend: current, reason: "the program had set it" };
  }
  try {
    await setWasm(tf, resolveWasm);
    return { backend: "wasm", reason: `${wasmPackage} is installed` };
  } catch (error) {
    if (!(error instanceof KoloError) || error.code !== "backend_unavailable") throw error;
    await setRegistered(tf, "cpu");
    return { backend: "cpu", reason: error.message };
  }
}

async function setWasm(tf: TensorFlow, resolveWasm: () => string): Promise<void> {
  if (!isRegistered(tf, "wasm")) {
    const path = findWasm(resolveWasm);
    const wasm = load(path) as { setWasmPaths(prefix: string): void };
    wasm.setWasmPaths(`${dirname(path)}/`);
    if (!isRegistered(tf, "wasm")) {
      throw new KoloError(
        "config_invalid",
        `expected one copy of @tensorflow/tfjs-core, but ${path} registered itself with another; ` +
          "install one version of the @tensorflow packages (npm ls @tensorflow/tfjs-core)",
      );
    }
  }
  registerTrainingKernels();
  await setRegistered(tf, "wasm");
}

function findWasm(resolveWasm: () => string): string {
  try {
    return resolveWasm();
  } catch (cause) {
    throw new KoloError(
      "backend_unavailable",
      `expected ${wasmPackage} to be installed for the backend wasm; ` +
        `npm install ${wasmPackage}, or use the backend cpu`,
      { cause },
    );
  }
}

/** From the user's script and folder first: the backend must belong to the user's tfjs. */
function resolveInstalledWasm(): string {
  const script = process.argv[1];
  const paths = [...(script === undefined ? [] : [dirname(script)]), process.cwd(), __dirname];
  return load.resolve(wasmPackage, { paths });
}

async function setRegistered(tf: TensorFlow, name: string): Promise<void> {
  if (!isRegistered(tf, name)) {
    throw new KoloError(
      "backend_unavailable",
      `expected the backend to be auto, wasm, cpu, or one whose package the program imports before ` +
        `kolo.init(), got "${name}", which is not registered`,
    );
  }
  if (!(await tf.setBackend(name))) {
    throw new KoloError("backend_unavailable", `expected the backend ${name} to start; it did not`);
  }
  await tf.ready();
}

/** tfjs' types do not tell of the null. */
function isRegistered(tf: TensorFlow, name: string): boolean {
  return (tf.findBackendFactory(name) as unknown) != null;
}
