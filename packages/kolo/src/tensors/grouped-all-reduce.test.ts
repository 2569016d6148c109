import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { KoloError } from "@kolo/core";
import * as tf from "@tensorflow/tfjs";
import { allReduce } from "./all-reduce.js";
import { groupedAllReduce, groupedAllReduceSync } from "./grouped-all-reduce.js";
import { koloErrorOf } from "./testing/expect-code.js";
import { startFake, stopFake, useCpu } from "./testing/with-fake-engine.js";

let tensorsBefore = 0;
beforeAll(useCpu);
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(stopFake);

const doubled = (_operation: unknown, input: readonly number[]): number[] =>
  input.map((value) => value * 2);
const tensorsMade = (): number => tf.memory().numTensors - tensorsBefore;

describe("groupedAllReduce", () => {
  it("is one operation for each dtype, and gives every tensor back in its place", async () => {
    for (const reduce of [groupedAllReduce, groupedAllReduceSync]) {
      const engine = startFake({ size: 2, reply: doubled });
      const matrix = tf.tensor2d([[1, 2]]);
      const count = tf.scalar(7, "int32");
      const options = { op: "sum", name: "metrics", prescale: 0.5, postscale: 3 } as const;
      const results = await reduce([matrix, count, 5, Int32Array.of(8, 9), tf.zeros([0])], options);
      const shown = results.map((tensor) => [tensor.dtype, tensor.arraySync()]);
      expect(shown).toEqual([
        ["float32", [[2, 4]]],
        ["int32", 14],
        ["float32", 10],
        ["int32", [16, 18]],
        ["float32", []],
      ]);
      const common = { kind: "allReduce", op: "sum", prescale: 0.5, postscale: 3, shape: [3] };
      const [floats, integers] = ["metrics/float32/0 [1,2] [] [0]", "metrics/int32/0 [] [2]"];
      expect(engine.started).toEqual([
        { ...common, name: floats, dtype: "float32", followed: true },
        { ...common, name: integers, dtype: "int32" },
      ]);
      expect(engine.prepared).toBe(0);
      tf.dispose([...results, matrix, count]);
    }
    // The tensors without elements.
    expect(tensorsMade()).toBe(2);
  });

  it("keeps the types of tensors, averages by default, and counts its calls for a name", () => {
    const engine = startFake();
    tf.tidy(() => {
      const [vector, scalar] = groupedAllReduceSync([tf.tensor1d([1]), tf.scalar(2)]);
      const typed: [tf.Tensor1D, tf.Scalar] = [vector, scalar];
      expect(typed.map((tensor) => tensor.shape)).toEqual([[1], []]);
      groupedAllReduceSync([1]);
    });
    expect(engine.started).toMatchObject([
      { name: "groupedAllReduce.0/float32/0 [1] []", op: "average", prescale: 1, postscale: 1 },
      { name: "groupedAllReduce.1/float32/0 []" },
    ]);
    expect(tensorsMade()).toBe(0);
  });

  it("names operations differently where shapes differ, also shapes beyond those it lists", () => {
    const engine = startFake();
    const ones = (last: number[]) => [...Array<number>(9).fill(1), tf.zeros(last)];
    tf.tidy(() => {
      groupedAllReduceSync(ones([2, 3]), { name: "x" });
      groupedAllReduceSync(ones([3, 2]), { name: "x" });
    });
    const [first, second] = engine.started;
    expect(first?.name).toMatch(/^x\/float32\/0( \[\]){8} and 2 more \([0-9a-f]{8}\)$/);
    expect(second?.name).not.toBe(first?.name);
  });

  it("takes several operations for much, all under way at once", async () => {
    const engine = startFake({ manual: true, reply: doubled });
    const elements = 5 * 2 ** 20;
    const large = [1, 2].map((value) => tf.fill([elements], value));
    const reduced = groupedAllReduce(large);
    tf.dispose(large);
    expect(engine.started.map(({ name }) => name)).toEqual(
      [0, 1].map((i) => `groupedAllReduce.0/float32/${i} [${elements}]`),
    );
    engine.completeNext();
    // A blocking call drives what was called before it, in a tidy that is none of its business.
    tf.tidy(() => {
      groupedAllReduceSync([1]);
    });
    const results = await reduced;
    expect(results.map((tensor) => tensor.dataSync()[elements - 1])).toEqual([2, 4]);
    expect(engine.prepared).toBe(0);
    tf.dispose(results);
    expect(tensorsMade()).toBe(0);
  });

  it("is nothing for no tensors", async () => {
    const engine = startFake();
    expect(await groupedAllReduce([])).toEqual([]);
    expect(groupedAllReduceSync([])).toEqual([]);
    expect(engine.started).toEqual([]);
  });

  it("refuses other dtypes and unknown options, and leaves nothing behind", async () => {
    const engine = startFake();
    await koloErrorOf("dtype_unsupported", () => groupedAllReduce([1, ["a"]]));
    await koloErrorOf("dtype_unsupported", () => groupedAllReduceSync([1, ["a"]]));
    const wrong = { scale: 2 } as object;
    await koloErrorOf("argument_invalid", () => groupedAllReduce([1], wrong));
    await koloErrorOf("argument_invalid", () => groupedAllReduceSync([1], { prescale: NaN }));
    expect(engine.started).toEqual([]);
    expect(engine.prepared).toBe(0);
    expect(tensorsMade()).toBe(0);
  });

  it("throws the failure of the world, whichever operation it meets, and releases all", async () => {
    for (const completed of [0, 1]) {
      const engine = startFake({ manual: true });
      const reduced = groupedAllReduce([1, tf.scalar(1, "int32"), 2]);
      const next = allReduce([1]);
      const outcomes = Promise.allSettled([reduced, next]);
      for (let i = 0; i < completed; i++) engine.completeNext();
      await new Promise((resolve) => setImmediate(resolve));
      engine.failure = new KoloError("rank_failed", "rank 1 threw");
      while (engine.current !== undefined) engine.completeNext();
      for (const outcome of await outcomes) {
        expect(outcome).toMatchObject({ status: "rejected", reason: { code: "rank_failed" } });
      }
      expect(engine.prepared).toBe(0);
    }
    // The two scalars that were given.
    expect(tensorsMade()).toBe(2);
  });

  it("starts nothing where a tensor has been disposed", async () => {
    const engine = startFake({ size: 2 });
    const disposed = tf.scalar(7, "int32");
    disposed.dispose();
    for (const reduce of [groupedAllReduce, groupedAllReduceSync]) {
      const said = await koloErrorOf("argument_invalid", () => reduce([5, disposed]));
      expect(said).toContain("groupedAllReduce(), got one that has been disposed");
    }
    expect(engine.started).toEqual([]);
    expect(engine.prepared).toBe(0);
  });
});
