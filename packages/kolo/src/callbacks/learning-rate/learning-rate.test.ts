import { beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { fakeWorld } from "../../fit/testing/fake-world.js";
import { distributedOptimizer } from "../../optimizer/distributed-optimizer.js";
import { setSession } from "../../session.js";
import { getLearningRate, setLearningRate } from "./learning-rate.js";

beforeAll(async () => {
  tf.env().set("IS_TEST", true);
  await tf.setBackend("cpu");
  setSession(fakeWorld().engine);
});

const optimizers: [string, (learningRate: number) => tf.Optimizer][] = [
  ["sgd", (rate) => tf.train.sgd(rate)],
  ["momentum", (rate) => tf.train.momentum(rate, 0.9)],
  ["rmsprop", (rate) => tf.train.rmsprop(rate)],
  ["adam", (rate) => tf.train.adam(rate)],
  ["adamax", (rate) => tf.train.adamax(rate)],
  ["adagrad", (rate) => tf.train.adagrad(rate)],
  ["adadelta", (rate) => tf.train.adadelta(rate)],
];

/** How far one first step takes a weight. */
function stepLength(optimizer: tf.Optimizer): number {
  const weight = tf.variable(tf.scalar(3));
  optimizer.minimize(() => weight.square(), false, [weight]);
  const [after = NaN] = weight.dataSync();
  weight.dispose();
  return 3 - after;
}

const wrapped = optimizers.map(([name, create]): (typeof optimizers)[number] => [
  `a distributed ${name}`,
  (rate) => distributedOptimizer(create(rate)),
]);

describe.each([...optimizers, ...wrapped])("the learning rate of %s", (_name, create) => {
  it("is read, and set from the next step on", () => {
    const optimizer = create(0.5);
    expect(getLearningRate(optimizer)).toBe(0.5);
    setLearningRate(optimizer, 0.125);
    expect(getLearningRate(optimizer)).toBe(0.125);

    const before = stepLength(create(0.5));
    const quarter = stepLength(optimizer);
    expect(before).toBeGreaterThan(0);
    expect(quarter / before).toBeCloseTo(0.25, 2);
  });

  it("leaks no tensor when it is set", () => {
    const optimizer = create(0.5);
    const before = tf.memory().numTensors;
    for (let i = 1; i < 9; i++) setLearningRate(optimizer, i / 10);
    expect(tf.memory().numTensors).toBe(before);
  });
});

it("refuses an optimizer without a learning rate", () => {
  const none = { getClassName: () => "Mine" } as unknown as tf.Optimizer;
  expect(() => getLearningRate(none)).toThrow(/argument_invalid.*got Mine/);
});
