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

it("broadcasts before the first step, and in the first fit only", async () => {
  const { engine, ran } = fakeWorld({ size: 2 });
  setSession(engine);
  const { model, xs, ys } = smallModel();
  const broadcast = callbacks.broadcastVariables({ root: 0 });
  let ranAtFirstStep: string[] = [];
  const onBatchBegin = () => {
    ranAtFirstStep = ran();
  };
  const looking = new tf.CustomCallback({ onBatchBegin });
  await model.fit(xs, ys, { callbacks: [broadcast, looking] });
  expect(ranAtFirstStep).toContain("broadcast");
  const before = ran().length;
  await model.fit(xs, ys, { callbacks: [broadcast] });
  expect(ran()).toHaveLength(before);
});

it("refuses a root outside of the world when training begins", async () => {
  setSession(fakeWorld({ size: 2 }).engine);
  const { model, xs, ys } = smallModel();
  const fit = model.fit(xs, ys, { callbacks: [callbacks.broadcastVariables({ root: 2 })] });
  await expect(fit).rejects.toThrow(/argument_invalid.*below 2, got 2/);
});
