import { beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { installFitHook } from "../fit/install-fit-hook.js";
import { koloErrorOf } from "../tensors/testing/expect-code.js";
import { type Reply } from "../tensors/testing/fake-engine.js";
import {
  inputs,
  optimizers,
  smallModel,
  targets,
  weightsOf,
} from "../tensors/testing/small-training.js";
import { keepTestsApart, startFake, stopFake } from "../tensors/testing/with-fake-engine.js";
import { distributedOptimizer } from "./distributed-optimizer.js";
import { type Gradients } from "./gradient-list.js";
import { type DistributedOptimizerOptions } from "./step-options.js";

keepTestsApart();
beforeAll(() => {
  installFitHook(tf);
});

async function trained(optimizer: tf.Optimizer, batchSize: number, epochs = 3): Promise<number[]> {
  const model = smallModel(optimizer);
  await model.fit(inputs(), targets(), { epochs, batchSize, shuffle: false });
  return weightsOf(model);
}

/** A variable of ones with an optimizer that subtracts whatever it is given. */
function subtracting(options: DistributedOptimizerOptions = {}, count = 2) {
  const variable = tf.variable(tf.ones([count]), true, "v");
  const optimizer = distributedOptimizer(tf.train.sgd(1), options);
  const give = (...values: number[]): void => {
    optimizer.applyGradients({ v: tf.tensor1d(values) });
  };
  const values = (): number[] => [...variable.dataSync()];
  return { optimizer, give, values };
}

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

describe("synchronize", () => {
  it("gives the world's gradients, to be changed and applied without another exchange", () => {
    const engine = startFake({ size: 2 });
    const { optimizer, values } = subtracting({ accumulationSteps: 2 });
    const given = { v: tf.tensor1d([1, 2]) };
    expect(optimizer.synchronize(given)).toBeUndefined();
    const reduced = optimizer.synchronize(given) as Record<string, tf.Tensor>;
    expect(values()).toEqual([1, 1]);
    const { v } = reduced;
    expect([...(v?.dataSync() ?? [])]).toEqual([1, 2]);
    optimizer.skipSynchronize(() => {
      optimizer.applyGradients({ v: tf.tensor1d([0.5, 0.5]) });
    });
    expect(values()).toEqual([0.5, 0.5]);
    expect(engine.started).toHaveLength(1);
    const list = [{ name: "v", tensor: tf.tensor1d([1, 2]) }];
    optimizer.synchronize(list);
    const again = optimizer.synchronize(list) as { name: string; tensor: tf.Tensor }[];
    expect(again.map(({ name, tensor }) => [name, ...tensor.dataSync()])).toEqual([["v", 1, 2]]);
    expect(() =>
      optimizer.skipSynchronize(() => {
        throw new Error("no");
      }),
    ).toThrow("no");
    optimizer.applyGradients(list);
    optimizer.applyGradients(list);
    expect(engine.started).toHaveLength(3);
  });
});
