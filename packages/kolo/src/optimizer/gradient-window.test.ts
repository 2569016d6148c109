import { beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { installFitHook } from "../fit/install-fit-hook.js";
import { koloErrorOf } from "../tensors/testing/expect-code.js";
import { optimizers, trained } from "../tensors/testing/small-training.js";
import { keepTestsApart, startFake, stopFake } from "../tensors/testing/with-fake-engine.js";
import { distributedOptimizer } from "./distributed-optimizer.js";
import { type Gradients } from "./gradient-list.js";
import { subtracting } from "./testing/subtracting.js";

keepTestsApart();
beforeAll(() => {
  installFitHook(tf);
});

describe("accumulation", () => {
  it.each(Object.entries(optimizers))(
    "of 4 micro-batches is one batch four times as large: %s",
    async (_, make) => {
      startFake();
      const once = await trained(distributedOptimizer(make()), 12);
      const accumulating = distributedOptimizer(make(), { accumulationSteps: 4 });
      const accumulated = await trained(accumulating, 3);
      expect(accumulating.iterations).toBe(3);
      accumulated.forEach((weight, i) => {
        expect(Math.abs(weight - (once[i] ?? NaN))).toBeLessThan(1e-5);
      });
    },
  );

  it("applies what an epoch leaves over, by what it stands for", async () => {
    // 5 + 5 rows, then 2; and 5 + 5 + 2 rows, which is less than three.
    for (const [steps, batch] of [
      [2, 10],
      [7, 12],
    ] as const) {
      startFake();
      const once = await trained(distributedOptimizer(tf.train.sgd(0.1)), batch);
      const optimizer = distributedOptimizer(tf.train.sgd(0.1), { accumulationSteps: steps });
      const accumulated = await trained(optimizer, 5);
      accumulated.forEach((weight, i) => {
        expect(weight).toBeCloseTo(once[i] ?? NaN, 5);
      });
      stopFake();
    }
  });

  it("exchanges once for all, and divides by how many there were", () => {
    const engine = startFake({ size: 2 });
    const { optimizer, give, values } = subtracting({ accumulationSteps: 3 });
    give(1, 10);
    give(2, 20);
    expect(engine.started).toEqual([]);
    expect(values()).toEqual([1, 1]);
    give(6, 60);
    expect(values()).toEqual([-2, -29]);
    expect(engine.started).toHaveLength(1);
    expect(engine.meter).toMatchObject({ steps: 1, microBatches: 3 });

    give(5, 0);
    give(1, 0);
    expect(optimizer.flush()).toBe(true);
    expect(values()).toEqual([-5, -29]);
    expect(optimizer.flush()).toBe(false);
    expect(engine.meter.steps).toBe(2);
  });

  it("takes a variable without gradient in some micro-batches for one of zeros", () => {
    startFake({ size: 2 });
    const a = tf.variable(tf.scalar(0), true, "a");
    const b = tf.variable(tf.scalar(0), true, "b");
    const optimizer = distributedOptimizer(tf.train.sgd(1), { accumulationSteps: 2 });
    const give = (first?: number, second?: number): void => {
      const tensor = (value?: number) => (value === undefined ? undefined : tf.scalar(value));
      optimizer.applyGradients({ a: tensor(first), b: tensor(second) } as unknown as Gradients);
    };
    give(2);
    give(2, 4);
    expect([...a.dataSync(), ...b.dataSync()]).toEqual([-2, -2]);
  });

  it("holds one copy of the gradients, and nothing once they are applied", () => {
    startFake({ size: 2 });
    const { optimizer, give } = subtracting({ accumulationSteps: 3 });
    const given = (): void => {
      tf.tidy(() => {
        give(1, 2);
      });
    };
    for (let i = 0; i < 3; i++) given();
    const before = tf.memory();
    for (let window = 0; window < 20; window++) {
      given();
      expect(tf.memory().numTensors - before.numTensors).toBe(1);
      given();
      expect(tf.memory().numTensors - before.numTensors).toBe(1);
      given();
      expect(tf.memory().numTensors).toBe(before.numTensors);
      expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    }
    given();
    optimizer.dispose();
    // The learning rate that sgd keeps as a tensor is gone too.
    expect(tf.memory().numTensors).toBe(before.numTensors - 1);
  });

  it("refuses micro-batches of different variables, and starts afresh", async () => {
    startFake({ size: 2 });
    const { optimizer, give, values } = subtracting({ accumulationSteps: 2 });
    give(1, 1);
    const message = await koloErrorOf("argument_invalid", () => {
      optimizer.applyGradients({ w: tf.ones([2]) });
    });
    expect(message).toContain("v and then of w");
    give(3, 3);
    expect(values()).toEqual([-1, -1]);
  });
});
