import { describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { broadcastVariables, type Variables } from "./broadcast-variables.js";
import { distributedOptimizer } from "./optimizer/distributed-optimizer.js";
import { koloErrorOf } from "./tensors/testing/expect-code.js";
import { type FakeEngine } from "./tensors/testing/fake-engine.js";
import { optimizers } from "./tensors/testing/small-training.js";
import { keepTestsApart, startFake, stopFake } from "./tensors/testing/with-fake-engine.js";

keepTestsApart();

/** Runs the root, then a rank that gets what the root gave: both must do the same operations. */
async function broadcastBetween(from: Variables, to: Variables): Promise<[FakeEngine, FakeEngine]> {
  const given = new Map<string, readonly number[]>();
  const root = startFake({
    rank: 1,
    size: 2,
    reply: (operation, input) => {
      given.set(operation.name, input);
      return input;
    },
  });
  await broadcastVariables(from, { root: 1 });
  const other = startFake({
    rank: 0,
    size: 2,
    reply: (operation) => given.get(operation.name) ?? [],
  });
  await broadcastVariables(to, { root: 1 });
  expect(other.started).toEqual(root.started);
  expect(other.manifests).toEqual(root.manifests);
  expect([root.prepared, other.prepared]).toEqual([0, 0]);
  return [root, other];
}

function buildModel(optimizer?: tf.Optimizer): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [3] }),
      tf.layers.batchNormalization(),
      tf.layers.dense({ units: 1 }),
    ],
  });
  if (optimizer !== undefined) model.compile({ optimizer, loss: "meanSquaredError" });
  return model;
}

async function train(model: tf.LayersModel, steps: number): Promise<void> {
  for (let i = 0; i < steps; i++) {
    await model.trainOnBatch(tf.ones([2, 3]).mul(i + 1), tf.zeros([2, 1]));
  }
}

const valuesOf = (tensors: readonly tf.Tensor[]): number[][] =>
  tensors.map((tensor) => [...tensor.dataSync()]);
const stateOf = async (model: tf.LayersModel) =>
  (await model.optimizer.getWeights()).map(({ name, tensor }) => [name, ...tensor.dataSync()]);

describe("broadcastVariables", () => {
  it("gives all weights of a model, moving statistics included, in one operation", async () => {
    const from = buildModel();
    const to = buildModel();
    from.setWeights(from.getWeights().map((weight, i) => tf.fill(weight.shape, i + 1)));
    const [engine] = await broadcastBetween(from, to);
    expect(valuesOf(to.getWeights())).toEqual(valuesOf(from.getWeights()));
    expect(to.getWeights()).toHaveLength(8);
    expect(engine.started).toEqual([
      { kind: "broadcast", name: "variables/float32/0", dtype: "float32", shape: [37], root: 1 },
    ]);
  });

  it("gives variables in a list or by name, whatever their dtype", async () => {
    const make = (value: number) => ({
      weights: tf.variable(tf.fill([2], value)),
      steps: tf.variable(tf.scalar(value, "int32")),
      frozen: tf.variable(tf.tensor1d([value > 1, true], "bool")),
    });
    for (const pick of [Object.values<tf.Variable>, (map: ReturnType<typeof make>) => map]) {
      const [from, to] = [make(7), make(1)];
      await broadcastBetween(pick(from), pick(to));
      expect(valuesOf(Object.values(to))).toEqual([[7, 7], [7], [1, 1]]);
      expect(to.frozen.dtype).toBe("bool");
    }
  });

  it("compares names without counters, shapes, dtypes and the optimizer first", async () => {
    const engine = startFake({ size: 2 });
    const model = buildModel(tf.train.sgd(1));
    await broadcastVariables(model);
    const manifest = engine.manifests[0] ?? [];
    expect(manifest[0]).toEqual({ name: "dense_Dense/kernel", shape: [3, 4], dtype: "float32" });
    expect(manifest.at(-1)).toEqual({ name: "optimizer SGD", shape: [], dtype: "float32" });
    expect(manifest).toHaveLength(9);
  });

  it("does nothing in a world of one", async () => {
    const engine = startFake();
    await broadcastVariables(buildModel(tf.train.adam(1)));
    expect(engine.started).toEqual([]);
    expect(engine.manifests).toEqual([]);
  });

  it("refuses tensors and a root that is no rank", async () => {
    startFake({ size: 2 });
    await koloErrorOf("argument_invalid", () =>
      broadcastVariables([tf.scalar(1)] as unknown as tf.Variable[]),
    );
    await koloErrorOf("argument_invalid", () => broadcastVariables([], { root: 2 }));
    await koloErrorOf("argument_invalid", () => broadcastVariables([], { from: 1 } as object));
    stopFake();
    await koloErrorOf("not_initialized", () => broadcastVariables([]));
  });
});

/** Upstream does not give away what adamax has. */
const withState = Object.keys(optimizers).filter((name) => name !== "adamax");

describe.each(withState)("the state of %s", (name) => {
  const compiled = (): tf.Sequential =>
    buildModel(distributedOptimizer(optimizers[name]?.() ?? tf.train.sgd(1)));

  it.each([
    ["only the root has", 3, 0],
    ["only another rank has", 0, 2],
    ["both have", 3, 1],
    ["nobody has", 0, 0],
  ])("is the root's everywhere where %s any", async (_which, rootSteps, otherSteps) => {
    startFake();
    const [from, to] = [compiled(), compiled()];
    await train(from, rootSteps);
    await train(to, otherSteps);
    const before = tf.memory().numTensors;
    const rootSlots = (await from.optimizer.getWeights()).length;
    const otherSlots = (await to.optimizer.getWeights()).length;
    const counted = 2;

    await broadcastBetween(from, to);
    // What is more: the slots the other got, less those it had, and what counting them made here.
    expect(tf.memory().numTensors).toBe(before + rootSlots - otherSlots + counted);
    expect(await stateOf(to)).toEqual(await stateOf(from));
    expect(to.optimizer.iterations).toBe(rootSteps);

    startFake();
    await train(from, 2);
    await train(to, 2);
    expect(valuesOf(to.getWeights())).toEqual(valuesOf(from.getWeights()));
  });
});

describe("the state of adamax", () => {
  it("stays as it is, for tfjs can neither read nor write it", async () => {
    startFake();
    const [from, to] = [buildModel(tf.train.adamax(0.1)), buildModel(tf.train.adamax(0.1))];
    await train(from, 1);
    const [engine] = await broadcastBetween(from, to);
    expect(valuesOf(to.getWeights())).toEqual(valuesOf(from.getWeights()));
    expect(engine.started).toHaveLength(1);
  });
});
