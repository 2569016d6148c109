import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { KoloError } from "@kolo/core";
import * as tf from "@tensorflow/tfjs";
import { allReduce, allReduceSync } from "./all-reduce.js";
import { slicesOf } from "./reduce-slices.js";
import { koloErrorOf } from "./testing/expect-code.js";
import { startFake, stopFake, useCpu } from "./testing/with-fake-engine.js";

const mebi = 2 ** 20;
const operation = {
  ...({ kind: "allReduce", name: "loss", dtype: "float32", op: "sum" } as const),
  ...{ prescale: 1, postscale: 1 },
};

describe("slices of an all-reduce", () => {
  it("are few, none is small, and one host needs none", () => {
    const count = (elements: number, crossSize: number): number =>
      slicesOf({ ...operation, shape: [elements] }, crossSize).length;
    expect([1, 5, 6, 25, 1000].map((mi) => count(mi * mebi, 2))).toEqual([1, 1, 2, 8, 8]);
    expect(count(25 * mebi, 1)).toBe(1);
    expect(slicesOf({ ...operation, shape: [] }, 2)).toEqual([
      { operation: { ...operation, shape: [] }, offset: 0 },
    ]);
  });

  it("are the whole tensor, one after the other, and tell its shape", () => {
    const shape = [7, mebi];
    const slices = slicesOf({ ...operation, shape }, 3);
    expect(slices.map(({ offset, operation: { name, shape } }) => [offset, name, shape])).toEqual([
      [0, "loss [7,1048576] 1/2", [3.5 * mebi]],
      [3.5 * mebi, "loss [7,1048576] 2/2", [3.5 * mebi]],
    ]);
  });
});

describe("a large tensor between hosts", () => {
  beforeAll(useCpu);
  afterEach(stopFake);
  const values = Float32Array.from({ length: 6 * mebi + 1 }, (_, index) => index % 1000);

  it.each(["allReduce", "allReduceSync"] as const)("comes back whole from %s", async (form) => {
    const engine = startFake({
      ...{ size: 2, crossSize: 2 },
      reply: (_, input) => input.map((value) => value * 2),
    });
    const before = tf.memory().numTensors;
    const x = tf.tensor(values);
    const result = await { allReduce, allReduceSync }[form](x, { op: "sum", name: "x" });
    expect(engine.started).toMatchObject([
      { name: "x [6291457] 1/2" },
      { name: "x [6291457] 2/2" },
    ]);
    expect(result.shape).toEqual([values.length]);
    expect(tf.tidy(() => result.equal(x.mul(2)).all().dataSync()[0])).toBe(1);
    expect(engine.prepared).toBe(0);
    tf.dispose([x, result]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("is all under way at once, and fails as one", async () => {
    const engine = startFake({ size: 2, crossSize: 2, manual: true });
    const before = tf.memory().numTensors;
    const promise = allReduce(values);
    expect(engine.started).toHaveLength(2);
    engine.completeNext();
    engine.failure = new KoloError("peer_lost", "rank 1 is gone");
    engine.completeNext();
    await koloErrorOf("peer_lost", () => promise);
    expect(engine.prepared).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
  });
});
