import { beforeAll, describe, expect, it } from "@jest/globals";
import { tsrun } from "../support/tsrun.js";
import { builtAddon, tensorflowFixture } from "./built-addon.js";

interface Result {
  readonly backend: string;
  readonly accuracy: number;
}

describe("the MNIST CNN by fit on 2 ranks", () => {
  beforeAll(() => {
    builtAddon();
  });

  const train = async (backend: string): Promise<Result> => {
    const { code, stdout, stderr } = await tsrun([
      ...["-np", "2", "--quiet", "--backend", backend],
      tensorflowFixture("mnist-cnn.mts"),
      "8000",
    ]);
    const [, json] = /result (.*)/.exec(stdout) ?? [];
    if (code !== 0 || json === undefined) throw new Error(`exit ${String(code)}\n${stderr}`);
    return JSON.parse(json) as Result;
  };

  it("is as accurate on TensorFlow as on wasm", async () => {
    const tensorflow = await train("tensorflow");
    const wasm = await train("wasm");
    expect(tensorflow).toMatchObject({ backend: "tensorflow" });
    expect(wasm).toMatchObject({ backend: "wasm" });
    // Same weights at the start and same batches; only the order of additions differs.
    expect(tensorflow.accuracy).toBeGreaterThan(0.93);
    expect(Math.abs(tensorflow.accuracy - wasm.accuracy)).toBeLessThan(0.015);
  }, 240_000);

  it("trains the example as it stands", async () => {
    const { code, stdout } = await tsrun([
      ...["-np", "2", "--quiet", "--backend", "tensorflow"],
      ...["examples/mnist.ts", "--epochs", "1", "--limit", "4000"],
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/test accuracy 0\.[89]/);
  }, 120_000);
});
