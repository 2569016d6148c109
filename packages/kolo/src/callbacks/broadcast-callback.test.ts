import { afterEach, beforeAll, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { fakeWorld } from "../fit/testing/fake-world.js";
import { smallModel } from "../fit/testing/small-model.js";
import { setSession } from "../session.js";
import { callbacks } from "./callbacks.js";

beforeAll(async () => {
  tf.env().set("IS_TEST", true);
  await tf.setBackend("cpu");
});
afterEach(() => {
  setSession(undefined);
});

it("gives every rank the root's weights before the first step, and only in the first fit", async () => {
  const { engine, ran } = fakeWorld({
    rank: 1,
    size: 2,
    answer: (values) => values.map(() => 7),
  });
  setSession(engine);
  const { model, xs, ys } = smallModel(tf.train.sgd(0));
  const callback = callbacks.broadcastVariables({ root: 0 });
  await model.fit(xs, ys, { callbacks: [callback] });
  expect(model.getWeights().flatMap((weight) => [...weight.dataSync()])).toEqual([7, 7]);
  const operations = ran().length;
  expect(operations).toBeGreaterThan(0);
  await model.fit(xs, ys, { callbacks: [callback] });
  expect(ran()).toHaveLength(operations);
});

it("refuses a root outside of the world when training begins", async () => {
  setSession(fakeWorld({ size: 2 }).engine);
  const { model, xs, ys } = smallModel();
  const fit = model.fit(xs, ys, { callbacks: [callbacks.broadcastVariables({ root: 2 })] });
  await expect(fit).rejects.toThrow(/argument_invalid.*below 2, got 2/);
});
