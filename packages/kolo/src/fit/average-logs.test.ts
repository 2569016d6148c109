import { beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { averageLogs } from "./average-logs.js";
import { type TrainingLogs } from "./training-logs.js";
import { worldReduce } from "./world-reduce.js";
import { fakeWorld } from "./testing/fake-world.js";

beforeAll(async () => {
  tf.env().set("IS_TEST", true);
  await tf.setBackend("cpu");
});

describe("averaging the logs", () => {
  it("sends one vector in the order of sorted names, so that ranks agree", async () => {
    const sent: [string, number[]][] = [];
    const mean = (values: Float32Array, name: string) => {
      sent.push([name, [...values]]);
      return Promise.resolve(values.map((value) => value * 10));
    };
    const before = tf.memory().numTensors;
    const logs: TrainingLogs = { val_loss: 3, loss: tf.scalar(2), acc: 1 };
    await averageLogs(logs, mean);
    expect(sent).toEqual([["average metrics acc, loss, val_loss", [1, 2, 3]]]);
    expect(logs).toEqual({ val_loss: 30, loss: 20, acc: 10 });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("worldReduce", () => {
  it("gives its place in the arena back, also where the reduction fails", async () => {
    const answer = (values: Float32Array) => {
      if (values.length === 2) throw new Error("peer lost");
      return values.map((value) => value + 1);
    };
    const world = fakeWorld({ size: 2, answer });
    const reduce = worldReduce(world.engine, "max");
    expect([...(await reduce(Float32Array.of(1), "one"))]).toEqual([2]);
    await expect(reduce(Float32Array.of(1, 2), "two")).rejects.toThrow("peer lost");
    expect(world.prepared()).toBe(0);
    expect(world.ran()).toEqual(["max one", "max two"]);
  });
});
