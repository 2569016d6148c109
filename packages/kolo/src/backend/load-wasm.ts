/** The wasm backend: one thread in Node, and in every project that has its package. */
import type * as tfjs from "@tensorflow/tfjs";
import { backendPackages } from "@kolo/core";
import { registerTrainingKernels } from "@kolo/wasm-kernels";
import { dirname } from "node:path";
import { type Attempt, firstLineOf } from "./attempt.js";
import { resolvePackage, load, otherCoreOf } from "./program-packages.js";
import { isRegistered, startRegistered } from "./start-registered.js";

/** Loads it unless the program has, adds the kernels that training needs, and sets it. */
export async function startWasm(tf: typeof tfjs, folders: readonly string[]): Promise<Attempt> {
  const found = resolvePackage(backendPackages.wasm, folders);
  if (!isRegistered(tf, "wasm")) {
    if (found === undefined) return { works: false, detail: "not installed" };
    const otherCore = otherCoreOf(found);
    if (otherCore !== undefined) return otherCore;
    try {
      const wasm = load(found.main) as { setWasmPaths(prefix: string): void };
      wasm.setWasmPaths(`${dirname(found.main)}/`);
    } catch (cause) {
      return { works: false, detail: `installed, but fails: ${firstLineOf(cause)}`, cause };
    }
  }
  registerTrainingKernels();
  const started = await startRegistered(tf, "wasm");
  return started.works
    ? { ...started, detail: `${backendPackages.wasm} ${found?.version ?? ""}`.trim() }
    : started;
}
