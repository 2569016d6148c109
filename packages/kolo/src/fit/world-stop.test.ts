import { describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { setSession } from "../session.js";
import { fakeWorld } from "./testing/fake-world.js";
import { smallModel, votingOptimizer } from "./testing/small-model.js";
import { withFitHook } from "./testing/with-fit-hook.js";

withFitHook();

const fourSteps = { batchSize: 2, shuffle: false, epochs: 3 } as const;

describe("a world that stops together", () => {
  it("stops one step after a batch end asked, with the step that carried the request", async () => {
    setSession(fakeWorld({ size: 2 }).engine);
    const { optimizer, steps } = votingOptimizer();
    const { model, xs, ys } = smallModel(optimizer);
    const onBatchEnd = (batch: number) => {
      if (batch === 1) model.stopTraining = true;
    };
    const history = await model.fit(xs, ys, { ...fourSteps, callbacks: { onBatchEnd } });
    expect(steps()).toBe(3);
    expect(history.epoch).toEqual([0]);
    expect(model.stopTraining).toBe(true);
  });

  it("stops with the very step before which it was asked", async () => {
    setSession(fakeWorld({ size: 2 }).engine);
    const { optimizer, steps } = votingOptimizer();
    const { model, xs, ys } = smallModel(optimizer);
    const onBatchBegin = (batch: number) => {
      if (batch === 1) model.stopTraining = true;
    };
    await model.fit(xs, ys, { ...fourSteps, callbacks: { onBatchBegin } });
    expect(steps()).toBe(2);
  });

  it("stops because another rank wants to, at the same step", async () => {
    setSession(fakeWorld({ rank: 1, size: 2 }).engine);
    const { optimizer, steps } = votingOptimizer(undefined, { others: (step) => step === 5 });
    const { model, xs, ys } = smallModel(optimizer);
    const history = await model.fit(xs, ys, fourSteps);
    expect(steps()).toBe(6);
    expect(history.epoch).toEqual([0, 1]);
  });

  it("keeps a request until a step carries it, where gradients are accumulated", async () => {
    setSession(fakeWorld({ size: 2 }).engine);
    const { optimizer, steps } = votingOptimizer(undefined, { stepsPerReduction: 4 });
    const { model, xs, ys } = smallModel(optimizer);
    const onBatchEnd = (batch: number) => {
      if (batch === 0) model.stopTraining = true;
    };
    await model.fit(xs, ys, { ...fourSteps, callbacks: { onBatchEnd } });
    expect(steps()).toBe(4);
  });

  it("decides at the end of an epoch for all ranks, after early stopping ran", async () => {
    const asked: number[] = [];
    const answer = (values: Float32Array) => {
      asked.push(values[0] ?? NaN);
      return values;
    };
    setSession(fakeWorld({ size: 2, answer }).engine);
    const { model, xs, ys } = smallModel(votingOptimizer().optimizer);
    const stopping = tf.callbacks.earlyStopping({ monitor: "loss", minDelta: 1e6, patience: 1 });
    const history = await model.fit(xs, ys, { ...fourSteps, epochs: 9, callbacks: [stopping] });
    expect(history.epoch).toEqual([0, 1]);
    expect(asked).toEqual([0, 1]);
  });

  it("stops at the end of an epoch that only another rank wanted to be the last", async () => {
    setSession(fakeWorld({ size: 2, answer: () => Float32Array.of(1) }).engine);
    const { model, xs, ys } = smallModel(votingOptimizer().optimizer);
    const history = await model.fit(xs, ys, fourSteps);
    expect(history.epoch).toEqual([0]);
  });

  it("forgets the last training's stop when another begins", async () => {
    setSession(fakeWorld({ size: 2 }).engine);
    const { optimizer, steps } = votingOptimizer(undefined, { others: (step) => step === 0 });
    const { model, xs, ys } = smallModel(optimizer);
    await model.fit(xs, ys, fourSteps);
    expect(steps()).toBe(1);
    const history = await model.fit(xs, ys, fourSteps);
    expect(history.epoch).toEqual([0, 1, 2]);
  });
});
