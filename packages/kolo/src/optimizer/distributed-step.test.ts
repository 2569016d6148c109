import { describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { koloErrorOf } from "../tensors/testing/expect-code.js";
import { keepTestsApart, startFake } from "../tensors/testing/with-fake-engine.js";
import { subtracting } from "./testing/subtracting.js";

keepTestsApart();

describe("synchronize", () => {
  it("gives the world's gradients, to be changed and applied without another exchange", () => {
    const engine = startFake({ size: 2 });
    const { optimizer, values } = subtracting({ accumulationSteps: 2 });
    const given = { v: tf.tensor1d([1, 2]) };
    expect(optimizer.synchronize(given)).toBeUndefined();
    const reduced = optimizer.synchronize(given) as Record<string, tf.Tensor>;
    expect(values()).toEqual([1, 1]);
    const { v } = reduced;
    expect([...(v?.dataSync() ?? [])]).toEqual([1, 2]);
    optimizer.skipSynchronize(() => {
      optimizer.applyGradients({ v: tf.tensor1d([0.5, 0.5]) });
    });
    expect(values()).toEqual([0.5, 0.5]);
    expect(engine.started).toHaveLength(1);
    const list = [{ name: "v", tensor: tf.tensor1d([1, 2]) }];
    optimizer.synchronize(list);
    const again = optimizer.synchronize(list) as { name: string; tensor: tf.Tensor }[];
    expect(again.map(({ name, tensor }) => [name, ...tensor.dataSync()])).toEqual([["v", 1, 2]]);
    expect(() =>
      optimizer.skipSynchronize(() => {
        throw new Error("no");
      }),
    ).toThrow("no");
    optimizer.applyGradients(list);
    optimizer.applyGradients(list);
    expect(engine.started).toHaveLength(3);
  });

  it("is not left out for what an async function does after its first await", async () => {
    const engine = startFake({ size: 2 });
    const { optimizer, give } = subtracting();
    const call = () => optimizer.skipSynchronize(() => Promise.reject(new Error("no")));
    expect(await koloErrorOf("argument_invalid", call)).toContain("async");
    give(1, 1);
    expect(engine.started).toHaveLength(1);
  });
});
