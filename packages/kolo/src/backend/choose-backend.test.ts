import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { type BackendName, backendNames } from "@kolo/core";
import fc from "fast-check";
import { koloErrorOf } from "../tensors/testing/expect-code.js";
import { chooseBackend, lineOf, type OpenBackend } from "./choose-backend.js";
import { refuseTwoCopies } from "./refuse-two-copies.js";

tf.enableProdMode();
beforeEach(async () => {
  await tf.setBackend("cpu");
});
afterEach(async () => {
  await tf.setBackend("cpu");
});

const opener =
  (working: readonly BackendName[], tried: BackendName[] = []): OpenBackend =>
  (name) => {
    tried.push(name);
    const works = working.includes(name);
    return Promise.resolve({ works, detail: works ? "as good as new" : "not installed" });
  };

describe("the backend auto", () => {
  it("is the best that works, and says why not each better one", () =>
    fc.assert(
      fc.asyncProperty(fc.subarray([...backendNames], { minLength: 1 }), async (working) => {
        const tried: BackendName[] = [];
        const { backend, line } = await chooseBackend(tf, "auto", opener(working, tried));
        expect(backend).toBe(working[0]);
        // Nothing is loaded that is not needed.
        expect(tried).toEqual(
          backendNames.slice(0, backendNames.indexOf(backend as BackendName) + 1),
        );
        for (const better of tried.slice(0, -1))
          expect(line).toMatch(new RegExp(`[(, ]${better}[,:]`));
      }),
    ));

  it("stays the one that the program had set", async () => {
    tf.registerBackend("mine", tf.findBackendFactory("cpu"));
    await tf.setBackend("mine");
    const { backend, by, line } = await chooseBackend(tf, "auto", opener(["wasm"]));
    expect({ backend, by }).toEqual({ backend: "mine", by: "program" });
    expect(line).toBe("backend mine (set by the program before kolo.init())");
    await tf.setBackend("cpu");
    tf.removeBackend("mine");

    // One that kolo knows gets what kolo does for it.
    tf.registerBackend("tensorflow", tf.findBackendFactory("cpu"));
    await tf.setBackend("tensorflow");
    const tried: BackendName[] = [];
    const kept = await chooseBackend(tf, "auto", opener(["tensorflow"], tried));
    expect({ by: kept.by, tried }).toEqual({ by: "program", tried: ["tensorflow"] });
    expect(kept.line).toBe(
      "backend tensorflow: as good as new (set by the program before kolo.init())",
    );
    await tf.setBackend("cpu");
    tf.removeBackend("tensorflow");
  });

  it("tells equal reasons once", () => {
    expect(
      lineOf("wasm", "wasm 4.22.0", [
        ["tensorflow-gpu", "not installed"],
        ["tensorflow", "not installed"],
      ]),
    ).toBe("backend wasm: wasm 4.22.0 (tensorflow-gpu, tensorflow: not installed)");
    expect(
      lineOf("cpu", "", [
        ["tensorflow", "installed, but no"],
        ["wasm", "not installed"],
      ]),
    ).toBe("backend cpu (tensorflow: installed, but no; wasm: not installed)");
  });
});

describe("a backend that is named", () => {
  it("is that one", async () => {
    const { backend, by } = await chooseBackend(tf, "wasm", opener(["tensorflow", "wasm"]));
    expect({ backend, by }).toEqual({ backend: "wasm", by: "name" });
  });

  it.each([
    ["tensorflow-gpu", "@tensorflow/tfjs-node-gpu", "npx kolo-build-tfjs-node --gpu"],
    ["tensorflow", "@tensorflow/tfjs-node", "npx kolo-build-tfjs-node builds"],
    ["wasm", "@tensorflow/tfjs-backend-wasm", "npm install @tensorflow/tfjs-backend-wasm"],
  ])("is refused where there is no %s, with what to do", async (name, packageName, remedy) => {
    const message = await koloErrorOf("backend_unavailable", () =>
      chooseBackend(tf, name, opener(["cpu"])),
    );
    expect(message).toContain(`(${packageName}) to work, got: not installed. ${remedy}`);
    expect(message).toContain("tsrun check");
  });

  it("is refused with the remedy for what is wrong with it, where there is one", async () => {
    const twice = { works: false, detail: "two of them", remedy: "remove one" };
    const message = await koloErrorOf("backend_unavailable", () =>
      chooseBackend(tf, "wasm", () => Promise.resolve(twice)),
    );
    expect(message).toContain("got: two of them. remove one; `tsrun check`");
    const { line } = await chooseBackend(tf, "auto", (name) =>
      Promise.resolve(name === "cpu" ? { works: true, detail: "slow" } : twice),
    );
    expect(line).toMatch(/^backend cpu: slow \(.*, wasm: two of them \(remove one\)\)$/);
  });

  it("may be one that the program has registered", async () => {
    tf.registerBackend("mine", tf.findBackendFactory("cpu"));
    await expect(
      koloErrorOf("backend_unavailable", () => chooseBackend(tf, "mine")),
    ).resolves.toContain("it has no kernels");
    tf.removeBackend("mine");
    const message = await koloErrorOf("backend_unavailable", () => chooseBackend(tf, "webgpu"));
    expect(message).toContain('"webgpu", which is not registered');
    tf.registerBackend("broken", () => Promise.reject(new Error("no")));
    await koloErrorOf("backend_unavailable", () => chooseBackend(tf, "broken"));
    tf.removeBackend("broken");
  });
});

describe("two copies of tfjs", () => {
  const copy = (folder: string) =>
    `${folder}/node_modules/@tensorflow/tfjs-core/dist/tf-core.node.js`;

  it("are refused with both their paths", async () => {
    const message = await koloErrorOf("config_invalid", () => {
      refuseTwoCopies([copy("/a"), "/a/index.js", copy("/a/node_modules/kolo")]);
    });
    expect(message).toContain(`${copy("/a")} and ${copy("/a/node_modules/kolo")}`);
  });

  it("are not seen in one", () => {
    refuseTwoCopies([copy("/a"), "/a/node_modules/@tensorflow/tfjs/dist/tf.node.js"]);
    refuseTwoCopies([]);
  });
});
