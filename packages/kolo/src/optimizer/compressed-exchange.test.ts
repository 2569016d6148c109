import { describe, expect, it } from "@jest/globals";
import { compression } from "@kolo/compression";
import * as tf from "@tensorflow/tfjs";
import { type FakeEngine, type FakeEngineOptions } from "../tensors/testing/fake-engine.js";
import { keepTestsApart, startFake } from "../tensors/testing/with-fake-engine.js";
import { distributedOptimizer } from "./distributed-optimizer.js";

keepTestsApart();

const topK = compression.topK();

/** Two ranks on two hosts, which have the same gradients. */
function compressingWorld(options: FakeEngineOptions = {}): FakeEngine {
  const engine = startFake({ size: 2, ...options });
  engine.compressionSize = 2;
  return engine;
}

/** Of a kernel of 2 by 3 and a bias of 3. */
function variables(): [kernel: tf.Variable, bias: tf.Variable] {
  return [tf.variable(tf.zeros([2, 3]), true, "kernel"), tf.variable(tf.zeros([3]), true, "bias")];
}

const gradients = (value = 1) => ({ kernel: tf.fill([2, 3], value), bias: tf.fill([3], value) });

describe("the exchange of compressed gradients", () => {
  it("takes what is compressed into buckets of its own, after one of what is not", () => {
    const engine = compressingWorld();
    const [kernel, bias] = variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1), { compression: topK });
    optimizer.applyGradients(gradients());
    expect(engine.started).toMatchObject([
      { name: "gradients/0", shape: [3 + 2] },
      { name: "gradients/1", shape: [6] },
    ]);
    expect([...engine.compressions.keys()]).toEqual(["gradients/1"]);
    expect(engine.compressions.get("gradients/1")).toMatchObject({
      how: topK,
      matrices: [{ offset: 0, rows: 2, columns: 3 }],
    });
    expect(kernel.dataSync()[0]).toBe(-1);
    expect(bias.dataSync()[0]).toBe(-1);
  });

  it("tells hooks in which unit the gradients come, for averages", () => {
    for (const op of ["average", "sum"] as const) {
      const engine = compressingWorld();
      variables();
      const optimizer = distributedOptimizer(tf.train.sgd(1), { compression: topK, op });
      optimizer.weight = 8;
      optimizer.applyGradients(gradients());
      const { unit } = engine.compressions.get("gradients/1") ?? {};
      expect(unit && [...unit]).toEqual(op === "average" ? [8] : undefined);
      tf.disposeVariables();
    }
  });

  it("lets ranks compare what each does to gradients, also where nothing travels compressed", () => {
    const engine = startFake({ size: 2 });
    variables();
    const deep = { momentum: 0.5, clipNorm: 2, ratio: 0.01 };
    for (const options of [
      { compression: compression.deepGradient(deep), globalClipNorm: 1, skipNonFinite: true },
      { compression: compression.topK(), clipValue: 3 },
    ])
      distributedOptimizer(tf.train.sgd(1), options).applyGradients(gradients());
    const sparse = "ratio 0.01, values float16, warmupUpdates 0";
    expect(engine.manifests.map((entries) => entries.map(({ name }) => name))).toEqual([
      [
        `kernel (deepGradient, ${sparse}, momentum 0.5, factorMasking true, clipNorm 2)`,
        "bias (momentum 0.5, clipNorm 2)",
        "globalClipNorm 1, skipNonFinite",
      ],
      [`kernel (topK, ${sparse})`, "bias", "clipValue 3"],
    ]);
  });

  it("compresses nothing where nothing goes between hosts", () => {
    const engine = startFake({ size: 2 });
    variables();
    distributedOptimizer(tf.train.sgd(1), { compression: topK }).applyGradients(gradients());
    expect(engine.started).toMatchObject([{ name: "gradients/0", shape: [9 + 2] }]);
    expect(engine.compressions.size).toBe(0);
  });

  it("keeps apart what a function tells apart", () => {
    const engine = compressingWorld();
    variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1), {
      compression: (name) => (name === "bias" ? compression.fp16() : compression.int8()),
    });
    optimizer.applyGradients(gradients());
    expect(engine.started).toMatchObject([{ shape: [2] }, { shape: [6] }, { shape: [3] }]);
  });

  it("takes back what a hook keeps where gradients are not applied", async () => {
    compressingWorld();
    variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1), {
      compression: topK,
      skipNonFinite: true,
    });
    const kept = async (): Promise<unknown[]> =>
      (await optimizer.getCompressionState()).map(({ tensor }) => tensor.dataSync()[0]);
    optimizer.applyGradients(gradients());
    expect(await kept()).toEqual([1, 1]);
    optimizer.applyGradients(gradients(NaN));
    expect(await kept()).toEqual([1, 1]);
    optimizer.applyGradients(gradients());
    expect(await kept()).toEqual([2, 2]);
  });
});

describe("deepGradient's momentum for what travels as it is", () => {
  const deepGradient = compression.deepGradient({ momentum: 0.5 });

  it.each([1, 2])("is that of tf.train.momentum, on %i ranks", (size) => {
    startFake({ size });
    const [kernel] = variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1), { compression: deepGradient });
    for (const value of [1, 1, 4]) optimizer.applyGradients(gradients(value));
    // Velocities: 1, 1.5, 4.75.
    expect(kernel.dataSync()[0]).toBe(-7.25);
  });

  it.each([0, 0.5])("%d: is after clipping, also in a world of one", (momentum) => {
    startFake();
    const [kernel] = variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1), {
      compression: compression.deepGradient({ momentum, clipNorm: 6 }),
    });
    // The norm is 100 times the root of nine elements.
    optimizer.applyGradients(gradients(100));
    expect(kernel.dataSync()[0]).toBeCloseTo(-2);
  });

  it("goes on after a step that is skipped as if that had not been", () => {
    startFake({ size: 2 });
    const [kernel] = variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1), {
      compression: deepGradient,
      skipNonFinite: true,
    });
    for (const value of [1, NaN, 1]) optimizer.applyGradients(gradients(value));
    expect(kernel.dataSync()[0]).toBe(-2.5);
  });
});
