import { beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { installFitHook } from "../fit/install-fit-hook.js";
import { koloErrorOf } from "../tensors/testing/expect-code.js";
import { type Reply } from "../tensors/testing/fake-engine.js";
import { trained } from "../tensors/testing/small-training.js";
import { keepTestsApart, startFake, stopFake } from "../tensors/testing/with-fake-engine.js";
import { distributedOptimizer } from "./distributed-optimizer.js";
import { subtracting } from "./testing/subtracting.js";

keepTestsApart();
beforeAll(() => {
  installFitHook(tf);
});

/** A world of two, in which the other rank has gradients of its own. */
const beside =
  (theirs: readonly number[], weight: number): Reply =>
  (_operation, input) => {
    // Whatever the reference is, both use the same.
    const reference = ours / (input.at(-1) ?? NaN);
    const other = [...theirs.map((value) => (value * weight) / reference), 0, weight / reference];
    return input.map((value, i) => (value + (other[i] ?? NaN)) / 2);
  };
const ours = 3;

describe("weights", () => {
  it("make the average one over examples, at every step", () => {
    startFake({ size: 2, reply: beside([5, -1], 1) });
    const { optimizer, give, values } = subtracting();
    optimizer.weight = ours;
    expect(optimizer.weight).toBe(ours);
    const mean = [(3 * 1 + 5) / 4, (3 * 7 - 1) / 4];
    for (let step = 1; step <= 3; step++) {
      give(1, 7);
      const expected = mean.map((value) => 1 - step * value);
      values().forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i] ?? NaN, 5);
      });
    }
  });

  it("are the batches' sizes in fit, also where one is smaller", async () => {
    const weights: number[] = [];
    let reference = 1;
    startFake({
      size: 2,
      reply: ({ name }, input) => {
        if (!name.startsWith("gradients")) return input;
        const weight = input.at(-1) ?? NaN;
        weights.push(weight * reference);
        reference = Math.max(reference, reference * weight);
        return input;
      },
    });
    const wrapped = await trained(distributedOptimizer(tf.train.sgd(0.1)), 5, 2);
    expect(weights.map(Math.fround)).toEqual([5, 5, 2, 5, 5, 2]);
    stopFake();
    const plain = await trained(tf.train.sgd(0.1), 5, 2);
    wrapped.forEach((weight, i) => {
      expect(weight).toBeCloseTo(plain[i] ?? NaN, 6);
    });
  });

  it("of 0 leave this rank out, NaN and all; somebody must have one", async () => {
    startFake({ size: 2, reply: beside([2, 4], 1) });
    const { optimizer, give, values } = subtracting();
    optimizer.weight = 0;
    await koloErrorOf("argument_invalid", () => {
      optimizer.weight = -1;
    });
    startFake({
      size: 2,
      reply: (_operation, input) => [2, 4, 0, 1].map((other, i) => (other + (input[i] ?? NaN)) / 2),
    });
    give(NaN, NaN);
    expect(values()).toEqual([-1, -3]);
    startFake({ size: 2 });
    await koloErrorOf("argument_invalid", () => {
      give(1, 1);
    });
    expect(values()).toEqual([-1, -3]);
  });

  it("of 0 on all ranks leave no bucket under way", async () => {
    const engine = startFake({ size: 2, manual: true });
    const { optimizer } = subtracting({ bucketBytes: 4 });
    tf.variable(tf.ones([1]), true, "w");
    optimizer.weight = 0;
    await koloErrorOf("argument_invalid", () => {
      optimizer.applyGradients({ v: tf.ones([2]), w: tf.ones([1]) });
    });
    expect(engine.started).toHaveLength(2);
    expect(engine.current).toBeUndefined();
  });

  it("count between micro-batches, also for a sum over ranks", () => {
    for (const op of ["average", "sum"] as const) {
      startFake({
        size: 2,
        reply: (operation, input) =>
          input.map((value) => value * ("postscale" in operation ? operation.postscale : 1)),
      });
      const { optimizer, give, values } = subtracting({ accumulationSteps: 2, op });
      optimizer.weight = 0;
      give(NaN, NaN);
      optimizer.weight = 4;
      give(2, 6);
      expect(values()).toEqual([-1, -5]);
      optimizer.weight = 1;
      give(0, 0);
      optimizer.weight = 3;
      give(4, 8);
      expect(values()).toEqual([-4, -11]);
      tf.disposeVariables();
    }
  });
});
