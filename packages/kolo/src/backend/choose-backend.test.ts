import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { koloErrorOf } from "../tensors/testing/expect-code.js";
import { chooseBackend } from "./choose-backend.js";
import { refuseTwoCopies } from "./refuse-two-copies.js";

tf.enableProdMode();
beforeEach(async () => {
  await tf.setBackend("cpu");
});
afterEach(async () => {
  await tf.setBackend("cpu");
});

describe("the backend", () => {
  // First, while wasm is not registered yet.
  it("is cpu where wasm is not installed, and says what to install where wasm was asked for", async () => {
    const missing = (): string => {
      throw new Error("Cannot find module");
    };
    const { backend, reason } = await chooseBackend(tf, "auto", missing);
    expect(backend).toBe("cpu");
    expect(reason).toContain("npm install @tensorflow/tfjs-backend-wasm");
    const message = await koloErrorOf("backend_unavailable", () =>
      chooseBackend(tf, "wasm", missing),
    );
    expect(message).toContain("npm install @tensorflow/tfjs-backend-wasm");
  });

  it("is wasm by default, where its package is installed", async () => {
    const { backend, reason } = await chooseBackend(tf, "auto");
    expect(backend).toBe("wasm");
    expect(reason).toContain("installed");
    expect(tf.getBackend()).toBe("wasm");
    expect([...tf.add([1], [2]).dataSync()]).toEqual([3]);
  });

  it("is the one that was asked for", async () => {
    expect(await chooseBackend(tf, "wasm")).toEqual({ backend: "wasm", reason: "asked for" });
    expect(await chooseBackend(tf, "cpu")).toEqual({ backend: "cpu", reason: "asked for" });
    expect(tf.getBackend()).toBe("cpu");
  });

  it("stays the one that the program had set", async () => {
    const cpu = tf.findBackendFactory("cpu");
    tf.registerBackend("mine", cpu);
    await tf.setBackend("mine");
    expect((await chooseBackend(tf, "auto")).backend).toBe("mine");
    await tf.setBackend("cpu");
    tf.removeBackend("mine");
  });

  it("is refused where nothing of that name is registered, or does not start", async () => {
    const message = await koloErrorOf("backend_unavailable", () => chooseBackend(tf, "webgpu"));
    expect(message).toContain('"webgpu"');
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
