/**
 * Which package is found, and what is said of one that does not work. tfjs-node itself is in the
 * end-to-end tests, and where its addon is built, in test/tensorflow.
 */
import { afterAll, afterEach, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { hidesGpus } from "./load-tensorflow.js";
import { mendNodeUtil } from "./mend-node-util.js";
import { openBackend } from "./open-backend.js";
import { resolvePackage, load } from "./program-packages.js";
import { silenceProgressBar } from "./silence-progress-bar.js";

tf.enableProdMode();
const root = realpathSync(mkdtempSync(join(tmpdir(), "kolo-packages-")));
const tfjsFolder = join(dirname(load.resolve("@tensorflow/tfjs/package.json")), "..");
const environment = { ...process.env };

afterEach(() => {
  process.env = { ...environment };
});
afterAll(() => {
  rmSync(root, { recursive: true });
});

function project(name: string, packages: Record<string, string> = {}): string {
  const folder = join(root, name);
  mkdirSync(join(folder, "node_modules", "@tensorflow"), { recursive: true });
  for (const [packageName, code] of Object.entries(packages)) add(folder, packageName, code);
  return folder;
}

function add(folder: string, name: string, code: string, version = "4.22.0"): void {
  const dist = join(folder, "node_modules", name, "dist");
  mkdirSync(dist, { recursive: true });
  writeFileSync(join(dist, "index.js"), code);
  const manifest = { name, version, main: "dist/index.js" };
  writeFileSync(join(dist, "../package.json"), JSON.stringify(manifest));
}

const node = "@tensorflow/tfjs-node";
const gpu = "@tensorflow/tfjs-node-gpu";
const throws = (text: string) => `throw new Error(${JSON.stringify(text)});`;

describe("a backend", () => {
  it("is not installed where the program does not have its package", async () => {
    const folder = project("empty");
    for (const name of ["tensorflow-gpu", "tensorflow", "wasm"] as const) {
      expect(await openBackend(tf, name, [folder])).toEqual({
        works: false,
        detail: "not installed",
      });
    }
  });

  it("is found from the first of the folders that has it", () => {
    const [first, second] = [project("first"), project("second", { [node]: "" })];
    add(first, gpu, "", "4.21.0");
    expect(resolvePackage(node, [first, second])?.main).toContain(second);
    expect(resolvePackage(gpu, [join(first, "src"), second])).toMatchObject({ version: "4.21.0" });
  });

  it("computes, where it is wasm or cpu", async () => {
    const wasm = await openBackend(tf, "wasm", [tfjsFolder]);
    expect(wasm).toMatchObject({ works: true, detail: expect.stringMatching(/backend-wasm 4\./) });
    expect(tf.getBackend()).toBe("wasm");
    expect((await openBackend(tf, "cpu", [])).works).toBe(true);
    expect(tf.getBackend()).toBe("cpu");
  });
});

describe("tfjs-node", () => {
  it("says in one line why it does not load", async () => {
    const folder = project("broken", { [node]: throws("libcudart.so.11.0: no such file. \nmore") });
    const attempt = await openBackend(tf, "tensorflow", [folder]);
    expect(attempt).toMatchObject({
      works: false,
      detail: "installed, but its addon does not load: libcudart.so.11.0: no such file",
    });
    expect((attempt.cause as Error).message).toContain("more");
  });

  it("is served by -gpu where the plain package is missing, without its GPUs", async () => {
    delete process.env["CUDA_VISIBLE_DEVICES"];
    const code = "throw new Error('sees ' + process.env.CUDA_VISIBLE_DEVICES)";
    const folder = project("gpu-only", { [gpu]: code });
    expect((await openBackend(tf, "tensorflow-gpu", [folder])).detail).toMatch(/sees undefined$/);
    expect((await openBackend(tf, "tensorflow", [folder])).detail).toMatch(/sees -1$/);
    delete process.env["CUDA_VISIBLE_DEVICES"];
    const both = project("both", { [gpu]: code, [node]: throws("the plain one") });
    expect((await openBackend(tf, "tensorflow", [both])).detail).toMatch(/the plain one$/);
    expect(process.env["CUDA_VISIBLE_DEVICES"]).toBeUndefined();
  });

  it("is not even loaded as -gpu where all GPUs are hidden", async () => {
    process.env["CUDA_VISIBLE_DEVICES"] = "-1";
    const folder = project("hidden", { [gpu]: throws("loaded") });
    expect((await openBackend(tf, "tensorflow-gpu", [folder])).detail).toBe(
      "installed, but CUDA_VISIBLE_DEVICES hides all GPUs",
    );
    expect(["", "-1", " ", "-1,0", "NoDevFiles"].map(hidesGpus)).toEqual([
      ...[true, true, true, true],
      false,
    ]);
    expect([undefined, "0", "0,-1", "GPU-1f2a"].map(hidesGpus)).toEqual(Array(4).fill(false));
  });

  it.each([
    ["-gpu", true, true, "@tensorflow/tfjs-node-gpu 4.22.0, TensorFlow 2.21.0, GPU"],
    ["-gpu without a GPU", true, false, "installed, but it finds no GPU"],
    ["the plain one", false, false, "the program has imported @tensorflow/tfjs-node, and only one"],
  ])(
    "is the backend tensorflow-gpu where it has found a GPU: %s",
    async (_, isGpu, finds, said) => {
      // Computes as cpu does, and says of itself what tfjs-node says.
      const core = JSON.stringify(join(tfjsFolder, "tfjs-core"));
      const code = `const tf = require(${core});
      tf.copyRegisteredKernels("cpu", "tensorflow");
      tf.registerBackend("tensorflow", () => Object.assign(tf.findBackendFactory("cpu")(), {
        isGPUPackage: ${isGpu}, isUsingGpuDevice: ${finds}, binding: { TF_Version: "2.21.0" } }));`;
      delete process.env["CUDA_VISIBLE_DEVICES"];
      const folder = project(`gpu-${isGpu}-${finds}`, { [gpu]: code });
      symlinkSync(join(tfjsFolder, "tfjs"), join(folder, "node_modules/@tensorflow/tfjs"));
      const attempt = await openBackend(tf, "tensorflow-gpu", [folder]);
      expect(attempt).toMatchObject({ works: finds, detail: expect.stringContaining(said) });
      // What is loaded is TensorFlow all the same.
      const other = await openBackend(tf, "tensorflow", [folder]);
      expect(other.detail).toMatch(finds ? /2\.21\.0, GPU$/ : /2\.21\.0, CPU$/);
      expect(tf.getBackend()).toBe("tensorflow");

      await tf.setBackend("cpu");
      tf.removeBackend("tensorflow");
      for (const { kernelName } of tf.getKernelsForBackend("tensorflow"))
        tf.unregisterKernel(kernelName, "tensorflow");
    },
  );

  it("is not loaded beside another copy of tfjs-core", async () => {
    const folder = project("copies", { [node]: throws("loaded") });
    const own = join(folder, "node_modules", node);
    add(own, "@tensorflow/tfjs", "");
    add(own, "@tensorflow/tfjs-core", "", "4.21.0");
    const attempt = await openBackend(tf, "tensorflow", [folder]);
    expect(attempt.detail).toMatch(/another copy of @tensorflow\/tfjs-core, 4\.21\.0 in .*copies/);
    // To install what is installed would not help.
    expect(attempt.remedy).toContain("npm dedupe");
  });

  it("leaves no kernels behind that the other package would trip over", async () => {
    const core = join(tfjsFolder, "tfjs-core");
    const code = `require(${JSON.stringify(core)}).registerKernel({
      kernelName: "Add", backendName: "tensorflow", kernelFunc: () => [] }); throw new Error("no");`;
    const folder = project("half-loaded", { [node]: code });
    symlinkSync(join(tfjsFolder, "tfjs"), join(folder, "node_modules/@tensorflow/tfjs"));
    expect((await openBackend(tf, "tensorflow", [folder])).detail).toMatch(/does not load: no$/);
    expect(tf.getKernelsForBackend("tensorflow")).toEqual([]);
  });

  it("finds in node's util what later Nodes lack or warn of", () => {
    const util: NonNullable<Parameters<typeof mendNodeUtil>[0]> = {};
    mendNodeUtil(util);
    expect([undefined, null, 0, ""].map((value) => util.isNullOrUndefined?.(value))).toEqual([
      ...[true, true],
      ...[false, false],
    ]);
    expect(util.isArray).toBe(Array.isArray);
  });

  it("has a progress bar that can be kept quiet", () => {
    const folder = project("progress", { [node]: "" });
    const callbacks = join(folder, "node_modules", node, "dist/callbacks.js");
    writeFileSync(
      callbacks,
      `exports.progressBarHelper = { log: () => { throw new Error("printed"); } };`,
    );
    const { progressBarHelper } = load(callbacks) as {
      progressBarHelper: { log: (text: string) => void; ProgressBar: new () => { tick(): void } };
    };
    silenceProgressBar(["/elsewhere/callbacks.js"]);
    expect(() => {
      progressBarHelper.log("Epoch 1 / 2");
    }).toThrow("printed");
    silenceProgressBar(["/elsewhere/callbacks.js", callbacks]);
    progressBarHelper.log("Epoch 1 / 2");
    new progressBarHelper.ProgressBar().tick();
  });
});
