import { describe, expect, it, jest } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { fakeWorld } from "../fit/testing/fake-world.js";
import { smallModel } from "../fit/testing/small-model.js";
import { withFitHook } from "../fit/testing/with-fit-hook.js";
import { setSession } from "../session.js";
import { callbacks } from "./callbacks.js";
import { getLearningRate, setLearningRate } from "./learning-rate/learning-rate.js";

type Callbacks = NonNullable<tf.ModelFitArgs["callbacks"]>;

withFitHook();

/** Trains for four steps an epoch and returns the learning rate of each. */
async function ratesOf(
  optimizer: tf.Optimizer,
  list: tf.Callback[],
  { epochs = 3, initialEpoch = 0, size = 4 } = {},
): Promise<number[]> {
  setSession(fakeWorld({ size }).engine);
  const { model, xs, ys } = smallModel(optimizer);
  const rates: number[] = [];
  const apply = optimizer.applyGradients.bind(optimizer);
  optimizer.applyGradients = (gradients) => {
    rates.push(getLearningRate(optimizer));
    apply(gradients);
  };
  try {
    await model.fit(xs, ys, {
      batchSize: 2,
      epochs,
      initialEpoch,
      callbacks: [{ onEpochEnd: () => undefined }, ...list] as Callbacks,
    });
  } finally {
    optimizer.applyGradients = apply;
  }
  return rates;
}
const near = (rates: number[]) => rates.map((rate) => expect.closeTo(rate, 10));

describe("learningRateWarmup", () => {
  it("ramps from rate / size to the rate, step by step, then leaves it alone", async () => {
    const rates = await ratesOf(tf.train.adam(0.8), [callbacks.learningRateWarmup({ epochs: 2 })]);
    const ramp = Array.from({ length: 8 }, (_, step) => 0.8 * (0.25 + (0.75 * step) / 8));
    expect(rates).toEqual(near([...ramp, 0.8, 0.8, 0.8, 0.8]));
  });

  it("works for sgd, which ignores its learningRate property", async () => {
    const warmup = callbacks.learningRateWarmup({ epochs: 1, initialScale: 0 });
    const rates = await ratesOf(tf.train.sgd(0.01), [warmup], { epochs: 2 });
    expect(rates).toEqual(near([0, 0.0025, 0.005, 0.0075, 0.01, 0.01, 0.01, 0.01]));
  });

  it("changes nothing in a world of one, after the warm-up, or for 0 epochs", async () => {
    const constant = [0.5, 0.5, 0.5, 0.5];
    const warmup = (epochs: number) => [callbacks.learningRateWarmup({ epochs })];
    const once = { epochs: 1 };
    expect(await ratesOf(tf.train.adam(0.5), warmup(5), { ...once, size: 1 })).toEqual(constant);
    expect(await ratesOf(tf.train.adam(0.5), warmup(0), once)).toEqual(constant);
    const resumed = { epochs: 4, initialEpoch: 3 };
    expect(await ratesOf(tf.train.adam(0.5), warmup(3), resumed)).toEqual(constant);
  });

  it("does not take the rate of an unfinished warm-up for the full one", async () => {
    const optimizer = tf.train.adam(0.8);
    const first = await ratesOf(optimizer, [callbacks.learningRateWarmup()], { epochs: 1 });
    const second = await ratesOf(optimizer, [callbacks.learningRateWarmup()], { epochs: 1 });
    expect(second).toEqual(first);
    setLearningRate(optimizer, 0.4);
    const third = await ratesOf(optimizer, [callbacks.learningRateWarmup()], { epochs: 1 });
    expect(third).toEqual(near(first.map((rate) => rate / 2)));
  });

  it("says on rank 0 when it is over, if asked", async () => {
    const log = jest.spyOn(console, "log").mockImplementation(() => undefined);
    try {
      const warmup = callbacks.learningRateWarmup({ epochs: 1, verbose: 1 });
      await ratesOf(tf.train.adam(0.8), [warmup]);
      expect(log.mock.calls).toEqual([["learning rate warmed up to 0.8 in 1 epochs"]]);
    } finally {
      log.mockRestore();
    }
  });

  it("needs to know the steps of an epoch", async () => {
    const warmup = callbacks.learningRateWarmup();
    warmup.setParams({ steps: null as unknown as number });
    await expect(warmup.onTrainBegin()).rejects.toThrow(/argument_invalid.*stepsPerEpoch/);
  });

  it.each([{ epochs: -1 }, { stepsPerEpoch: 0 }, { stepsPerEpoch: 1.5 }, { initialScale: 2 }])(
    "refuses %j",
    (options) => {
      expect(() => callbacks.learningRateWarmup(options)).toThrow(/argument_invalid.*got/);
    },
  );
});

describe("learningRateSchedule", () => {
  it("asks for each step, with the rate at train begin, for momentum too", async () => {
    const asked: [number, number, number][] = [];
    const schedule = callbacks.learningRateSchedule((epoch, { step, learningRate }) => {
      asked.push([epoch, step, learningRate]);
      return learningRate / 2 ** epoch;
    });
    const rates = await ratesOf(tf.train.momentum(0.01, 0.5), [schedule], { epochs: 2 });
    expect(rates).toEqual([0.01, 0.01, 0.01, 0.01, 0.005, 0.005, 0.005, 0.005]);
    expect(asked).toEqual(
      [0, 1].flatMap((epoch) => [0, 1, 2, 3].map((step) => [epoch, step, 0.01])),
    );
  });

  it("is multiplied by a warm-up beside it, in either order", async () => {
    const make = () => [
      callbacks.learningRateWarmup({ epochs: 1 }),
      callbacks.learningRateSchedule((epoch, { learningRate }) => learningRate * (2 - epoch)),
    ];
    const expected = near([
      ...[0, 1, 2, 3].map((step) => 2 * 0.8 * (0.25 + (0.75 * step) / 4)),
      ...[0.8, 0.8, 0.8, 0.8],
    ]);
    expect(await ratesOf(tf.train.adam(0.8), make(), { epochs: 2 })).toEqual(expected);
    expect(await ratesOf(tf.train.adam(0.8), make().reverse(), { epochs: 2 })).toEqual(expected);
  });
});
