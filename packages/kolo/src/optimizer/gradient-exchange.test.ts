import { describe, expect, it } from "@jest/globals";
import { KoloError } from "@kolo/core";
import * as tf from "@tensorflow/tfjs";
import { stepVoteOf } from "../step-vote.js";
import { allGather } from "../tensors/all-gather.js";
import { koloErrorOf } from "../tensors/testing/expect-code.js";
import { keepTestsApart } from "../tensors/testing/with-fake-engine.js";
import { distributedOptimizer } from "./distributed-optimizer.js";
import { named, valuesOf, variables, world } from "./testing/three-variables.js";

keepTestsApart();

describe("the exchange of gradients", () => {
  it("applies what the world made of them, from a list and from a map", () => {
    for (const asMap of [false, true]) {
      const engine = world();
      const [a, b, c] = variables();
      const optimizer = distributedOptimizer(tf.train.sgd(1));
      const given: [string, tf.Tensor][] = [
        ["a", tf.tensor1d([1, 2, 3, 4])],
        ["b", tf.fill([2, 3], 0.5)],
        ["c", tf.scalar(-1)],
      ];
      optimizer.applyGradients(
        asMap ? Object.fromEntries(given) : given.map(([name, tensor]) => named(name, tensor)),
      );
      expect(valuesOf([a, b, c])).toEqual([[-1, -3, -5, -7], [0, 0, 0, 0, 0, 0], [3]]);
      expect(given.some(([, tensor]) => tensor.isDisposed)).toBe(false);
      expect(engine.manifests).toEqual([
        [
          { name: "a", shape: [4], dtype: "float32" },
          { name: "b", shape: [2, 3], dtype: "float32" },
          { name: "c", shape: [], dtype: "float32" },
        ],
      ]);
      tf.disposeVariables();
    }
  });

  it("carries votes: requested goes in, agreed comes out", () => {
    let othersWant = 0;
    world({
      reply: (_operation, input) => input.with(-2, ((input.at(-2) ?? 0) + othersWant) / 2),
    });
    variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1));
    const vote = stepVoteOf(optimizer) ?? { requested: true, agreed: true };
    const step = (): boolean => {
      optimizer.applyGradients({ a: tf.ones([4]) });
      return vote.agreed;
    };
    expect(step()).toBe(false);
    othersWant = 1;
    expect(step()).toBe(true);
    othersWant = 0;
    expect(step()).toBe(false);
    vote.requested = true;
    expect(step()).toBe(true);
  });

  it("first drives collectives that were called before the step", async () => {
    const engine = world({
      manual: true,
      reply: (operation, input) => (operation.kind === "allGather" ? [...input, ...input] : input),
    });
    variables();
    const gathered = allGather([1]);
    distributedOptimizer(tf.train.sgd(1)).applyGradients({ a: tf.ones([4]) });
    expect(engine.started.map(({ name }) => name)).toEqual([
      "allGather.0/rows",
      "allGather.0",
      "gradients/0",
    ]);
    expect((await gathered).shape).toEqual([2]);
  });
});

describe("errors", () => {
  it("applies nothing unless all buckets arrived", async () => {
    const [a, b] = variables();
    let replies = 0;
    const engine = world({
      manual: true,
      reply: (_operation, input) => {
        if (++replies === 1) engine.failure = new KoloError("rank_failed", "rank 1 threw");
        return input;
      },
    });
    const optimizer = distributedOptimizer(tf.train.sgd(1), { bucketBytes: 4 });
    const gradients = { a: tf.ones([4]), b: tf.ones([2, 3]) };
    const tensors = tf.memory().numTensors;
    await koloErrorOf("rank_failed", () => {
      optimizer.applyGradients(gradients);
    });
    expect(replies).toBe(1);
    expect(valuesOf([a, b])).toEqual([
      [1, 1, 1, 1],
      [1, 1, 1, 1, 1, 1],
    ]);
    expect(optimizer.iterations).toBe(0);
    expect(tf.memory().numTensors).toBe(tensors);
    await koloErrorOf("rank_failed", () => {
      optimizer.applyGradients(gradients);
    });
  });

  it("names a gradient of another dtype, or one that was disposed, and sends nothing", async () => {
    const engine = world();
    const optimizer = distributedOptimizer(tf.train.sgd(1));
    const integers = tf.ones([4], "int32");
    const wrong = await koloErrorOf("dtype_unsupported", () => {
      optimizer.applyGradients({ b: tf.ones([6]), a: integers });
    });
    expect(wrong).toContain('"a"');
    const gone = tf.ones([4]);
    gone.dispose();
    const disposed = await koloErrorOf("argument_invalid", () => {
      optimizer.applyGradients([named("a", gone)]);
    });
    expect(disposed).toContain('"a"');
    expect(engine.started).toEqual([]);
    expect(engine.manifests).toEqual([]);
    expect(engine.prepared).toBe(0);
  });

  it("disposes its tensors where the optimizer throws", () => {
    world();
    const inner = tf.train.sgd(1);
    inner.applyGradients = () => {
      throw new Error("no");
    };
    const optimizer = distributedOptimizer(inner);
    const gradients = { a: tf.ones([4]) };
    const tensors = tf.memory().numTensors;
    expect(() => {
      optimizer.applyGradients(gradients);
    }).toThrow("no");
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe("memory", () => {
  it("stays constant over 1000 steps, inside and outside of tidy", () => {
    world();
    const [a, b, c] = variables();
    const optimizer = distributedOptimizer(tf.train.adam(1e-3));
    const step = (): void => {
      optimizer.minimize(() => a.sum().add(b.square().sum()).add(c).asScalar());
    };
    step();
    const before = tf.memory();
    for (let i = 0; i < 500; i++) {
      step();
      tf.tidy(step);
    }
    const after = tf.memory();
    expect(after.numTensors).toBe(before.numTensors);
    expect(after.numDataBuffers).toBe(before.numDataBuffers);
    expect(after.numBytes).toBe(before.numBytes);
  });
});
