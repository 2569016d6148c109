import { describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { keepTestsApart, startFake } from "../tensors/testing/with-fake-engine.js";
import { distributedOptimizer } from "./distributed-optimizer.js";
import { subtracting } from "./testing/subtracting.js";

keepTestsApart();

describe("clipping", () => {
  it("by the norm of all gradients together", () => {
    startFake({ size: 2 });
    const a = tf.variable(tf.zeros([2]), true, "a");
    const b = tf.variable(tf.zeros([1]), true, "b");
    const options = { globalClipNorm: 1, bucketBytes: 4 };
    const optimizer = distributedOptimizer(tf.train.sgd(1), options);
    const values = (): number[] => [...a.dataSync(), ...b.dataSync()];
    optimizer.applyGradients({ a: tf.tensor1d([2, 3]), b: tf.tensor1d([6]) });
    const expected = [-2 / 7, -3 / 7, -6 / 7];
    values().forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] ?? NaN, 6);
    });
    const before = values();
    optimizer.applyGradients({ a: tf.tensor1d([0.5, 0]), b: tf.tensor1d([0.5]) });
    expect(values()).toEqual(
      [(before[0] ?? 0) - 0.5, before[1], (before[2] ?? 0) - 0.5].map((value) =>
        Math.fround(value ?? NaN),
      ),
    );
  });

  it("by value, after the reduction, in a world of one as well", () => {
    for (const size of [1, 2]) {
      startFake({ size });
      const { give, values } = subtracting({ clipValue: 0.5 }, 3);
      give(2, -0.25, -9);
      expect(values()).toEqual([0.5, 1.25, 1.5]);
      tf.disposeVariables();
    }
  });
});

describe("gradients that are not finite", () => {
  it("are applied as tfjs does, unless told otherwise", () => {
    startFake({ size: 2 });
    const { give, values } = subtracting();
    give(NaN, 1);
    expect(values()).toEqual([NaN, 0]);
  });

  it.each([NaN, Infinity, -Infinity])("are left out and counted: %d", (value) => {
    for (const size of [1, 2]) {
      const engine = startFake({ size });
      const warnings: string[] = [];
      Object.assign(engine, {
        logger: { ...engine.logger, warn: (text: string) => warnings.push(text) },
      });
      const { optimizer, give, values } = subtracting({ skipNonFinite: true, clipValue: 10 });
      const tensors = tf.memory().numTensors;
      tf.tidy(() => {
        give(1, value);
        give(value, 1);
      });
      expect(values()).toEqual([1, 1]);
      expect(tf.memory().numTensors).toBe(tensors);
      give(1, 2);
      expect(values()).toEqual([0, -1]);
      expect(optimizer.iterations).toBe(1);
      expect(engine.meter).toMatchObject({ steps: 3, skippedSteps: 2 });
      expect(warnings).toEqual([expect.stringContaining("not finite")]);
      tf.disposeVariables();
    }
  });
});
