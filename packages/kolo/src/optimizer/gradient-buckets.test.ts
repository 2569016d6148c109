import { describe, expect, it } from "@jest/globals";
import { compression } from "@kolo/compression";
import * as tf from "@tensorflow/tfjs";
import { setSession } from "../session.js";
import { FakeEngine } from "../tensors/testing/fake-engine.js";
import { keepTestsApart } from "../tensors/testing/with-fake-engine.js";
import { distributedOptimizer } from "./distributed-optimizer.js";
import { valuesOf, variables, world } from "./testing/three-variables.js";

keepTestsApart();

describe("buckets of gradients", () => {
  it("fills buckets in order, and carries the vote and the weight in the first", () => {
    const engine = world();
    variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1), {
      bucketBytes: 28,
      op: "sum",
      name: "generator",
    });
    optimizer.applyGradients({ a: tf.ones([4]), b: tf.ones([2, 3]), c: tf.scalar(1) });
    const common = { kind: "allReduce", dtype: "float32", op: "sum", prescale: 1, postscale: 1 };
    expect(engine.started).toEqual([
      { ...common, name: "generator/0", shape: [6], followed: true },
      { ...common, name: "generator/1", shape: [7], followed: false },
    ]);
    expect(engine.meter.planHash).toMatch(/^[0-9a-f]{8}$/);
  });

  it("has the tail arrive before a compressed bucket begins, which counts in its units", () => {
    const engine = world();
    engine.compressionSize = 2;
    variables();
    const { topK, none } = compression;
    const optimizer = distributedOptimizer(tf.train.sgd(1), {
      bucketBytes: 16,
      compression: (_name, shape) => (shape.length < 1 ? none : topK({ ratio: 0.5 })),
    });
    optimizer.applyGradients({ a: tf.ones([4]), b: tf.ones([2, 3]), c: tf.scalar(1) });
    const followed = engine.started.map(
      (operation) => "followed" in operation && operation.followed,
    );
    expect(followed).toEqual([false, true, false]);
  });

  it("cuts buckets as tsrun was told, unless the program says otherwise", () => {
    for (const [bucketBytes, shapes] of [
      [undefined, [[6], [7]]],
      [1000, [[13]]],
    ] as const) {
      const engine = world();
      engine.exchange = { bucketBytes: 28 };
      variables();
      const optimizer = distributedOptimizer(
        tf.train.sgd(1),
        bucketBytes === undefined ? {} : { bucketBytes },
      );
      optimizer.applyGradients({ a: tf.ones([4]), b: tf.ones([2, 3]), c: tf.scalar(1) });
      expect(engine.started.map((operation) => "shape" in operation && operation.shape)).toEqual(
        shapes,
      );
      tf.disposeVariables();
    }
  });

  it("starts every bucket before it waits for the first", () => {
    const engine = world({ manual: true });
    const [a, b] = variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1), { bucketBytes: 4 });
    const startedAtReply: number[] = [];
    const watched = new FakeEngine({
      size: 2,
      manual: true,
      reply: (_operation, input) => {
        startedAtReply.push(watched.started.length);
        return input;
      },
    });
    setSession(watched);
    optimizer.applyGradients({ a: tf.ones([4]), b: tf.ones([2, 3]) });
    expect(startedAtReply).toEqual([2, 2]);
    expect(engine.started).toEqual([]);
    expect(valuesOf([a, b])).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0, 0, 0],
    ]);
  });

  it("unpacks a bucket while later ones are on their way", () => {
    const engine = world({ manual: true });
    variables();
    const underWay: unknown[] = [];
    engine.timeline = {
      span: (kind) => {
        if (kind === "unpack") underWay.push(engine.current?.name);
      },
    };
    const optimizer = distributedOptimizer(tf.train.sgd(1), { bucketBytes: 4 });
    optimizer.applyGradients({ a: tf.ones([4]), b: tf.ones([2, 3]), c: tf.scalar(1) });
    expect(underWay).toEqual(["gradients/1", "gradients/2", undefined]);
  });
});
