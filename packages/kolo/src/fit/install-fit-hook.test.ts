import { describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { callbacks } from "../callbacks/callbacks.js";
import { shard } from "../data/shard.js";
import { distributedOptimizer } from "../optimizer/distributed-optimizer.js";
import { setSession } from "../session.js";
import { installFitHook } from "./install-fit-hook.js";
import { fakeWorld } from "./testing/fake-world.js";
import { forTfjs } from "./testing/for-tfjs.js";
import { smallModel, votingOptimizer } from "./testing/small-model.js";
import { withFitHook } from "./testing/with-fit-hook.js";

type Callbacks = NonNullable<tf.ModelFitArgs["callbacks"]>;

withFitHook();

const everyStep = { batchSize: 2, shuffle: false } as const;

describe("the fit hook", () => {
  it("is installed once, whoever asks again", () => {
    const methods = () =>
      Object.entries(Object.getOwnPropertyDescriptors(tf.LayersModel.prototype));
    const before = methods();
    installFitHook(tf);
    expect(methods()).toEqual(before);
  });

  it("counts the samples of trainOnBatch, where the optimizer is distributed", async () => {
    const { engine } = fakeWorld();
    setSession(engine);
    const { model, xs, ys } = smallModel(votingOptimizer().optimizer);
    for (let step = 0; step < 2; step++) await model.trainOnBatch(xs, ys);
    await smallModel().model.trainOnBatch(xs, ys);
    expect(engine.meter).toMatchObject({ samples: 16, sampledBatches: 2 });
  });

  it("does nothing without a session", async () => {
    const { model, xs, ys } = smallModel(votingOptimizer().optimizer);
    const mixture = [tf.callbacks.earlyStopping(), { onEpochEnd: () => undefined }];
    const fit = model.fit(xs, ys, { callbacks: mixture as Callbacks });
    await expect(fit).rejects.toThrow(/setParams is not a function/);
  });

  it.each(["fit", "fitDataset"] as const)(
    "takes any mixture of callbacks in any order through %s",
    async (how) => {
      setSession(fakeWorld({ size: 2 }).engine);
      const { model, xs, ys } = smallModel(votingOptimizer().optimizer);
      const seen: string[] = [];
      const plain = (name: string) => ({
        onEpochEnd: (_epoch: number, logs?: tf.Logs) => {
          seen.push(`${name} ${Object.values(logs ?? {}).every((v) => typeof v === "number")}`);
        },
      });
      const kolo = [
        callbacks.broadcastVariables(),
        callbacks.averageMetrics(),
        callbacks.learningRateWarmup({ epochs: 1, stepsPerEpoch: 4 }),
        callbacks.learningRateSchedule((_epoch, { learningRate }) => learningRate),
      ];
      const stopping = tf.callbacks.earlyStopping({ monitor: "loss", patience: 10 });
      const arrays: unknown[] = [
        undefined,
        null,
        [],
        plain("alone"),
        kolo[1],
        stopping,
        [...kolo, stopping, plain("last")],
        [plain("first"), stopping, ...kolo, null, plain("end")],
        [stopping, plain("between"), ...kolo],
      ];
      for (const value of arrays) {
        const args = { epochs: 2, callbacks: value as Callbacks };
        const history =
          how === "fit"
            ? await model.fit(xs, ys, { ...args, ...everyStep })
            : await model.fitDataset(
                forTfjs(shard({ xs, ys }, { batchSize: 2, world: { rank: 0, size: 2 } })),
                args,
              );
        expect(history.epoch).toEqual([0, 1]);
      }
      const twice = (...names: string[]) => [...names, ...names].map((name) => `${name} true`);
      expect(seen).toEqual([
        ...twice("alone"),
        ...twice("last"),
        ...twice("first", "end"),
        ...twice("between"),
      ]);
    },
  );

  it("averages the epoch's logs before user callbacks and History see them", async () => {
    const answer = (values: Float32Array, name: string) =>
      name.startsWith("average") ? values.map((_, i) => i + 100) : values;
    const world = fakeWorld({ size: 2, answer });
    setSession(world.engine);
    const { model, xs, ys } = smallModel(votingOptimizer().optimizer);
    const seen: tf.Logs[] = [];
    const history = await model.fit(xs, ys, {
      ...everyStep,
      epochs: 2,
      validationData: [xs, ys],
      callbacks: [
        { onEpochEnd: (_epoch: number, logs?: tf.Logs) => void seen.push({ ...logs }) },
        callbacks.averageMetrics(),
      ] as Callbacks,
    });
    const means = { loss: 100, mae: 101, val_loss: 102, val_mae: 103 };
    expect(seen).toEqual([means, means]);
    expect(history.history).toEqual({
      loss: [100, 100],
      mae: [101, 101],
      val_loss: [102, 102],
      val_mae: [103, 103],
    });
    expect(world.ran()).toEqual(
      [1, 2].flatMap(() => [
        "average average metrics loss, mae, val_loss, val_mae",
        "max stop training at the end of the epoch",
      ]),
    );
    expect(world.prepared()).toBe(0);
  });

  it("leaks no tensor over many epochs", async () => {
    setSession(fakeWorld({ size: 2 }).engine);
    const { model, xs, ys } = smallModel(votingOptimizer().optimizer);
    const train = () =>
      model.fit(xs, ys, { ...everyStep, epochs: 5, callbacks: [callbacks.averageMetrics()] });
    await train();
    const tensors = tf.memory().numTensors;
    await train();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it.each(["fit", "fitDataset"] as const)(
    "leaves nothing of a %s that a callback has thrown in",
    async (how) => {
      const { engine } = fakeWorld();
      setSession(engine);
      const optimizer = distributedOptimizer(tf.train.sgd(0.01), { accumulationSteps: 3 });
      const { model, xs, ys } = smallModel(optimizer);
      const weight = () => model.getWeights()[0]?.dataSync()[0];
      // Four batches: an update after the third, and one at the end of the epoch.
      const throwingIn = async (batch: number): Promise<void> => {
        const args = {
          epochs: 1,
          callbacks: {
            onBatchEnd: (ended: number): void => {
              // One that tfjs refuses ends nothing of this one.
              if (ended === 0) void model.fit(xs, ys).catch(() => undefined);
              if (ended === batch) throw new Error("mine");
            },
          },
        };
        const data = shard({ xs, ys }, { batchSize: 2, world: { rank: 0, size: 1 } });
        const training =
          how === "fit"
            ? model.fit(xs, ys, { ...args, ...everyStep })
            : model.fitDataset(forTfjs(data), args);
        await expect(training).rejects.toThrow("mine");
      };
      await throwingIn(1);
      expect(weight()).toBe(0);
      expect(optimizer.flush()).toBe(false);
      expect(weight()).toBe(0);
      await throwingIn(3);
      expect(engine.meter.steps).toBe(2);
      for (const steps of [2, 2, 3]) {
        optimizer.minimize(() => (model.predict(xs) as tf.Tensor).mean().asScalar());
        expect(engine.meter.steps).toBe(steps);
      }
    },
  );

  it("disposes what a stream holds back when training stops amid an epoch", async () => {
    setSession(fakeWorld({ size: 2 }).engine);
    const { model } = smallModel(votingOptimizer().optimizer);
    const examples = function* () {
      for (let i = 0; i < 40; i++) yield { xs: tf.tensor1d([i / 40]), ys: tf.tensor1d([i / 20]) };
    };
    const dataset = shard(examples, { batchSize: 2, remainder: "keep" });
    const train = (stopAt: number) =>
      model.fitDataset(forTfjs(dataset), {
        epochs: 1,
        callbacks: {
          onBatchEnd: (batch) => {
            if (batch === stopAt) model.stopTraining = true;
          },
        },
      });
    await train(1);
    const tensors = tf.memory().numTensors;
    await train(3);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("makes no collective and no report for a model of this rank alone", async () => {
    const world = fakeWorld({ size: 2 });
    setSession(world.engine);
    const { model, xs, ys } = smallModel();
    const history = await model.fit(xs, ys, {
      epochs: 5,
      callbacks: [
        callbacks.averageMetrics(),
        {
          onEpochEnd: () => {
            model.stopTraining = true;
          },
        },
      ] as Callbacks,
    });
    expect(history.epoch).toEqual([0]);
    expect(world.ran()).toEqual([]);
    expect(world.reported).toEqual([]);
  });

  it("leaves stopping to tfjs in a world of one, and still reports", async () => {
    const world = fakeWorld();
    setSession(world.engine);
    const { optimizer, steps } = votingOptimizer();
    const { model, xs, ys } = smallModel(optimizer);
    await model.fit(xs, ys, {
      ...everyStep,
      epochs: 5,
      callbacks: {
        onBatchEnd: (batch) => {
          if (batch === 1) model.stopTraining = true;
        },
      },
    });
    expect(steps()).toBe(2);
    expect(world.ran()).toEqual([]);
    expect(world.reported.at(-1)).toMatchObject({ epoch: 1, epochs: 5, step: 2, epochEnd: true });
  });
});
