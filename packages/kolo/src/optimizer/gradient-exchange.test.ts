import { describe, expect, it } from "@jest/globals";
import { KoloError } from "@kolo/core";
import * as tf from "@tensorflow/tfjs";
import { setSession } from "../session.js";
import { stepVoteOf } from "../step-vote.js";
import { allGather } from "../tensors/all-gather.js";
import { koloErrorOf } from "../tensors/testing/expect-code.js";
import { FakeEngine, type FakeEngineOptions, type Reply } from "../tensors/testing/fake-engine.js";
import { keepTestsApart, startFake } from "../tensors/testing/with-fake-engine.js";
import { distributedOptimizer } from "./distributed-optimizer.js";
import { type Gradients } from "./gradient-list.js";

keepTestsApart();

/** The others' gradients are three times this rank's; the tail of the first bucket is as it was. */
const doubled: Reply = ({ name }, input) => {
  const gradients = name.endsWith("/0") ? input.length - 2 : input.length;
  return input.map((value, i) => (i < gradients ? value * 2 : value));
};
const world = (options: FakeEngineOptions = {}): FakeEngine =>
  startFake({ size: 2, reply: doubled, ...options });

/** Three variables of 4, 6 and 1 elements, all ones. */
const variables = (): [tf.Variable, tf.Variable, tf.Variable] => [
  tf.variable(tf.ones([4]), true, "a"),
  tf.variable(tf.ones([2, 3]), true, "b"),
  tf.variable(tf.scalar(1), true, "c"),
];
const named = (name: string, tensor: tf.Tensor | undefined) =>
  ({ name, tensor }) as { name: string; tensor: tf.Tensor };
const valuesOf = (list: readonly tf.Tensor[]): number[][] => list.map((x) => [...x.dataSync()]);

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
      { ...common, name: "generator/0", shape: [6] },
      { ...common, name: "generator/1", shape: [7] },
    ]);
    expect(engine.meter.planHash).toMatch(/^[0-9a-f]{8}$/);
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

  it("leaves holes where they are, for optimizers keep state by position", () => {
    for (const asMap of [false, true]) {
      const engine = world();
      const [a, b, c] = variables();
      const seen: string[] = [];
      const inner: tf.Optimizer = tf.train.adam(0.1);
      const apply = inner.applyGradients.bind(inner);
      inner.applyGradients = (gradients) => {
        seen.push(
          ...(Array.isArray(gradients)
            ? gradients.map(({ name }) => name)
            : Object.keys(gradients)),
        );
        apply(gradients);
      };
      const optimizer = distributedOptimizer(inner);
      const loss = (): tf.Scalar => a.sum().add(c).asScalar();
      if (asMap) {
        optimizer.applyGradients({
          a: tf.ones([4]),
          b: undefined,
          c: tf.scalar(1),
        } as unknown as Gradients);
      } else {
        optimizer.minimize(loss, false, [a, b, c]);
      }
      expect(seen).toEqual(["a", "b", "c"]);
      expect(engine.manifests[0]?.map(({ name }) => name)).toEqual(["a", "c"]);
      expect(engine.started).toMatchObject([{ shape: [7] }]);
      expect(valuesOf([b])).toEqual([[1, 1, 1, 1, 1, 1]]);
      expect(a.dataSync()[0]).toBeCloseTo(0.9, 5);
      tf.disposeVariables();
    }
  });

  it("takes a step where nothing has a gradient, so that the vote still travels", () => {
    const engine = world();
    distributedOptimizer(tf.train.sgd(1)).applyGradients([named("a", undefined)]);
    expect(engine.started).toMatchObject([{ shape: [2] }]);
  });

  it("plans once, and again when what has a gradient changes", () => {
    const engine = world();
    variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1));
    const all = { a: tf.ones([4]), b: tf.ones([2, 3]) };
    optimizer.applyGradients(all);
    optimizer.applyGradients(all);
    expect(engine.manifests).toHaveLength(1);
    optimizer.applyGradients({ a: all.a });
    optimizer.applyGradients([named("a", all.a)]);
    optimizer.applyGradients([named("a", all.a), named("b", undefined)]);
    expect(engine.manifests).toHaveLength(4);
    expect(engine.prepared).toBe(1);
    optimizer.dispose();
    expect(engine.prepared).toBe(0);
  });

  it("plans anew in a new session, and leaves the old one alone", () => {
    const first = world();
    const [a] = variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1));
    optimizer.applyGradients({ a: tf.ones([4]) });
    const second = world();
    optimizer.applyGradients({ a: tf.ones([4]) });
    expect(first.started).toHaveLength(1);
    expect(second.started).toHaveLength(1);
    expect(second.manifests).toHaveLength(1);
    expect(first.prepared).toBe(1);
    expect(valuesOf([a])).toEqual([[-3, -3, -3, -3]]);
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

  it("meters its steps, each from where the one before ended", () => {
    const { meter } = world();
    const [a] = variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1));
    const metered = (): number => meter.computeMs + meter.packMs + meter.waitMs + meter.unpackMs;
    // The first begins where the optimizer is asked for gradients.
    const startMs = performance.now();
    optimizer.minimize(() => a.sum().asScalar());
    const firstEndMs = meter.stepBeganMs ?? NaN;
    expect(meter.computeMs).toBeGreaterThan(0);
    const roundedMs = 0.001;
    expect(metered()).toBeLessThan(firstEndMs - startMs + roundedMs);
    const firstMs = metered();
    optimizer.applyGradients({ a: tf.ones([4]) });
    expect(meter.steps).toBe(2);
    const secondMs = (meter.stepBeganMs ?? NaN) - firstEndMs;
    expect(metered() - firstMs).toBeLessThan(secondMs + roundedMs);
    for (const part of ["packMs", "waitMs", "unpackMs"] as const) {
      expect(meter[part]).toBeGreaterThan(0);
    }
  });

  it("meters the comparison of parameters as waiting for the others", () => {
    const engine = world();
    variables();
    const longMs = 20;
    engine.compareManifestSync = () => {
      const endMs = performance.now() + longMs;
      while (performance.now() < endMs);
    };
    distributedOptimizer(tf.train.sgd(1)).applyGradients({ a: tf.ones([4]) });
    expect(engine.meter.waitMs).toBeGreaterThanOrEqual(longMs);
  });

  it("meters no time between epochs", () => {
    const { meter } = world();
    variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1));
    for (let step = 0; step < 2; step++) {
      meter.stepBeganMs = undefined;
      optimizer.applyGradients({ a: tf.ones([4]) });
    }
    expect(meter.computeMs).toBe(0);
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
