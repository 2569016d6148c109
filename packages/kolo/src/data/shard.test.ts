import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { forTfjs } from "../fit/testing/for-tfjs.js";
import { setSession } from "../session.js";
import { FakeEngine } from "../tensors/testing/fake-engine.js";
import { type ShardData } from "./batch-types.js";
import { type ShardOptions } from "./shard-options.js";
import { shard } from "./shard.js";
import { type ShardedDataset } from "./sharded-dataset.js";

const examples = 22;
const indices = Array.from({ length: examples }, (_, i) => i);
/** Example i is this row with the label i. */
const rowOf = (i: number) => [i, i + 100];
const rowValues = Float32Array.from(indices.flatMap(rowOf));

const kept: tf.Tensor[] = [];
const keep = <T extends tf.Tensor>(tensor: T): T => {
  kept.push(tensor);
  return tensor;
};
const sources: Record<string, () => ShardData> = {
  "tensors in an object": () => ({
    xs: keep(tf.tensor2d(rowValues, [examples, 2])),
    ys: keep(tf.tensor1d(indices)),
  }),
  "typed arrays with shapes": () => ({
    xs: { values: rowValues, shape: [examples, 2] },
    ys: Float32Array.from(indices),
  }),
  "a Dataset": () => tf.data.array(indices.map((i) => ({ xs: rowOf(i), ys: i }))),
  "a generator of tensors": () =>
    function* () {
      for (const i of indices) yield { xs: tf.tensor1d(rowOf(i)), ys: i };
    },
  "an async generator": () =>
    async function* () {
      for (const i of indices)
        yield await Promise.resolve({ xs: Float32Array.from(rowOf(i)), ys: i });
    },
};

/** Goes through one epoch and returns the labels of each step, having checked the rows. */
async function epoch(dataset: ShardedDataset<tf.TensorContainer>): Promise<number[][]> {
  const steps: number[][] = [];
  for await (const batch of dataset) {
    const { xs, ys } = batch as { xs: tf.Tensor2D; ys: tf.Tensor1D };
    const labels = [...(await ys.data())];
    expect(xs.shape).toEqual([labels.length, 2]);
    expect([...(await xs.data())]).toEqual(labels.flatMap(rowOf));
    steps.push(labels);
    tf.dispose(batch);
  }
  return steps;
}
const ranks = (data: ShardData, size: number, options: Omit<ShardOptions, "world">) =>
  Array.from({ length: size }, (_, rank) => shard(data, { ...options, world: { rank, size } }));
const sorted = (list: number[]) => [...list].sort((a, b) => a - b);

let tensorsBefore = 0;
beforeAll(async () => {
  tf.env().set("IS_TEST", true);
  await tf.setBackend("cpu");
});
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => {
  tf.dispose(kept.splice(0));
  expect(tf.memory().numTensors).toBe(tensorsBefore);
});

describe.each(Object.entries(sources))("shard of %s", (_name, source) => {
  it.each(["drop", "keep"] as const)(
    "gives n ranks with batch b, step for step, what one process with n·b gets (%s)",
    async (remainder) => {
      const data = source();
      for (const shuffle of [false, true, { bufferSize: 5 }]) {
        const common = { shuffle, seed: 3, remainder };
        const [alone] = ranks(data, 1, { ...common, batchSize: 6 });
        const three = ranks(data, 3, { ...common, batchSize: 2 });
        if (alone === undefined) throw new Error("there is no rank 0");
        for (let i = 0; i < 2; i++) {
          const expected = await epoch(alone);
          const parts = await Promise.all(three.map(epoch));
          const together = expected.map((_, step) => parts.flatMap((steps) => steps[step] ?? []));
          const steps = remainder === "keep" ? 4 : 3;
          expect(parts.map(({ length }) => length)).toEqual([steps, steps, steps]);
          expect(together.map(sorted)).toEqual(expected.map(sorted));
        }
      }
    },
  );

  it("keeps the order without a shuffle, and interleaves", async () => {
    const [zero, one] = ranks(source(), 2, { batchSize: 4, shuffle: false });
    if (zero === undefined || one === undefined) throw new Error("there are two ranks");
    expect(await epoch(zero)).toEqual([
      [0, 2, 4, 6],
      [8, 10, 12, 14],
    ]);
    expect(await epoch(one)).toEqual([
      [1, 3, 5, 7],
      [9, 11, 13, 15],
    ]);
  });

  it("leaks no tensor when it is left in the middle", async () => {
    const [dataset] = ranks(source(), 2, { batchSize: 2, remainder: "keep" });
    if (dataset === undefined) throw new Error("there are two ranks");
    for await (const batch of dataset) {
      tf.dispose(batch);
      break;
    }
    const iterator = await dataset.iterator();
    tf.dispose((await iterator.next()).value as tf.TensorContainer);
    await dataset.closeUnfinished();
  });
});

const exampleKinds: [string, () => tf.TensorContainer, number[], tf.DataType][] = [
  ["tensors", () => tf.tensor2d([1, 2], [1, 2]), [2, 1, 2], "float32"],
  ["typed arrays", () => Float32Array.of(1, 2), [2, 2], "float32"],
  ["bytes", () => Uint8Array.of(1, 2), [2, 2], "int32"],
  ["nested arrays", () => [[1], [2]], [2, 2, 1], "float32"],
  ["numbers", () => 1.5, [2], "float32"],
  ["booleans", () => true, [2], "bool"],
  ["strings", () => "a", [2], "string"],
];

type Batch = Record<"x", tf.Tensor> & Record<"y", Record<"z", tf.Tensor>>;

/** An interface, because users write them too, and tfjs's own types refuse one. */
interface Example {
  readonly x: tf.TensorContainer;
  readonly y: { readonly z: number };
}

describe("shard", () => {
  const world = { rank: 0, size: 2 };

  it("is shuffled by the job's seed where it has none of its own", async () => {
    const order = async (seed?: number) =>
      epoch(
        shard(
          { xs: { values: rowValues, shape: [examples, 2] }, ys: Int32Array.from(indices) },
          {
            batchSize: 2,
            ...(seed !== undefined && { seed }),
          },
        ),
      );
    const engine = new FakeEngine();
    setSession(engine);
    const unseeded = await order();
    setSession(engine, 7);
    const seeded = await order();
    expect(unseeded).toEqual(await order(0));
    expect(seeded).toEqual(await order(7));
    expect(seeded).not.toEqual(unseeded);
    setSession(undefined);
  });

  it("draws a new order for each epoch that is really begun, from seed and epoch alone", async () => {
    const make = (seed: number) =>
      shard(
        { xs: { values: rowValues, shape: [examples, 2] }, ys: indices },
        { batchSize: 2, seed, world },
      );
    const dataset = make(5);
    const first = await epoch(dataset);
    // fitDataset asks for one iterator more than it uses.
    await dataset.iterator();
    const second = await epoch(dataset);
    expect(second).not.toEqual(first);
    const again = make(5);
    expect(await epoch(again)).toEqual(first);
    expect(await epoch(again)).toEqual(second);
    expect(await epoch(make(6))).not.toEqual(first);
  });

  it("merges a remainder smaller than the world into the step before", async () => {
    const data = { xs: { values: rowValues, shape: [examples, 2] }, ys: indices };
    const three = ranks(data, 3, { batchSize: 7, shuffle: false, remainder: "keep" });
    const lengths = await Promise.all(
      three.map(async (one) => (await epoch(one)).map((s) => s.length)),
    );
    expect(lengths).toEqual([[8], [7], [7]]);
  });

  it("knows its steps where the data has a length", () => {
    const options = { batchSize: 4, world };
    const size = (data: ShardData, more = {}) => shard(data, { ...options, ...more }).size;
    expect(size(indices)).toBe(2);
    expect(size(indices, { remainder: "keep" })).toBe(3);
    expect(size(tf.data.array(indices))).toBe(2);
    expect(size(tf.data.array(indices).repeat())).toBe(Infinity);
    expect(size(tf.data.array(indices).filter((i) => i > 3))).toBeNull();
    expect(size(() => indices)).toBeNull();
  });

  it("makes a new tensor per column, of the structure and dtype of the data", async () => {
    const data = {
      xs: [
        Uint8Array.of(1, 2, 3),
        { values: Uint8Array.of(7, 8, 9), shape: [3, 1], dtype: "float32" },
      ],
      ys: { a: [1.5, 2.5, 3.5], b: Float64Array.of(1, 2, 3) },
    } as const;
    const dataset = shard(data, { batchSize: 3, shuffle: false, world: { rank: 0, size: 1 } });
    for await (const { xs, ys } of dataset) {
      const [bytes, floats] = xs;
      expect([bytes.dtype, floats.dtype, ys.a.dtype, ys.b.dtype]).toEqual([
        "int32",
        "float32",
        "float32",
        "float32",
      ]);
      expect([...floats.dataSync()]).toEqual([7, 8, 9]);
      expect([...ys.a.dataSync()]).toEqual([1.5, 2.5, 3.5]);
      tf.dispose({ xs, ys });
    }
  });

  it.each(exampleKinds)("batches %s as tf.data does", async (_name, example, shape, dtype) => {
    const make = function* (): Generator<Example> {
      for (let i = 0; i < 4; i++) yield { x: example(), y: { z: i } };
    };
    const ours = shard(make, { batchSize: 2, shuffle: false, world: { rank: 0, size: 1 } });
    const theirs = tf.data.generator(make as () => Generator<tf.TensorContainerObject>).batch(2);
    for (const batches of [await ours.toArray(), await theirs.toArray()]) {
      const [{ x, y }, other] = batches as [Batch, Batch];
      expect([x.shape, x.dtype, y.z.shape, y.z.dtype]).toEqual([shape, dtype, [2], "float32"]);
      tf.dispose([x, y.z, other.x, other.y.z]);
    }
  });

  it("refuses examples of unequal length, and disposes the batch", async () => {
    const make = function* () {
      yield { a: tf.scalar(1), b: Float32Array.of(1, 2) };
      yield { a: tf.scalar(1), b: Float32Array.of(1) };
    };
    const iterator = await shard(make, { batchSize: 1, world, shuffle: false }).iterator();
    tf.dispose((await iterator.next()).value as tf.TensorContainer);
    const uneven = shard(make, { batchSize: 2, world: { rank: 0, size: 1 }, shuffle: false });
    await expect((await uneven.iterator()).next()).rejects.toThrow(
      /argument_invalid.*2 values.*got 1/,
    );
  });

  it("trains and evaluates through tfjs, which disposes the batches", async () => {
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const data = () =>
      function* () {
        for (const i of indices) yield { xs: tf.tensor1d([i / 22, 1]), ys: tf.tensor1d([i / 22]) };
      };
    const train = shard(data(), { batchSize: 4, world });
    const test = shard(data(), { batchSize: 4, shuffle: false, remainder: "keep", world });
    await model.fitDataset(forTfjs(train), { epochs: 1 });
    const tensors = tf.memory().numTensors;
    const history = await model.fitDataset(forTfjs(train), {
      epochs: 3,
      validationData: forTfjs(test),
    });
    expect(history.epoch).toEqual([0, 1, 2]);
    tf.dispose(await model.evaluateDataset(forTfjs(test), {}));
    expect(tf.memory().numTensors).toBe(tensors);
    model.dispose();
    model.optimizer.dispose();
  });

  it("passes an error of a generator on to every epoch that meets it", async () => {
    const dataset = shard(
      function* () {
        yield 1;
        throw new Error("no such file");
      },
      { batchSize: 1, world },
    );
    const iterator = await dataset.iterator();
    await expect(iterator.next()).rejects.toThrow("no such file");
  });

  it.each<[string, () => unknown, RegExp]>([
    [
      "columns of unequal length",
      () => shard({ xs: [1, 2], ys: [1] }, { batchSize: 1, world }),
      /equal length.*xs: 2, ys: 1/,
    ],
    [
      "a shape that does not fit",
      () => shard({ values: [1, 2, 3], shape: [2, 2] }, { batchSize: 1, world }),
      /3 values.*\[2, 2\]/,
    ],
    ["a scalar", () => shard(keep(tf.scalar(1)), { batchSize: 1, world }), /got a scalar/],
    [
      "no data",
      () => shard({ xs: "text" } as unknown as ShardData, { batchSize: 1, world }),
      /data\.xs.*got text/,
    ],
    [
      "too few examples",
      () => shard([1, 2, 3], { batchSize: 2, world }),
      /at least 4 examples.*got 3/,
    ],
    ["a batch size of 0", () => shard([1, 2], { batchSize: 0, world }), /batchSize.*got 0/],
    [
      "an unknown option",
      () => shard([1, 2], { batchSize: 1, world, batch: 1 } as ShardOptions),
      /got "batch"/,
    ],
    ["a broken seed", () => shard([1, 2], { batchSize: 1, world, seed: NaN }), /seed.*got NaN/],
    [
      "an empty buffer",
      () => shard([1, 2], { batchSize: 1, world, shuffle: { bufferSize: 0 } }),
      /bufferSize.*got \{/,
    ],
    [
      "a rank outside of the world",
      () => shard([1, 2], { batchSize: 1, world: { rank: 2, size: 2 } }),
      /rank below its size.*got \{"rank":2,"size":2\}/,
    ],
    ["no session and no world", () => shard([1, 2], { batchSize: 1 }), /not_initialized/],
  ])("refuses %s with a coded error", (_name, call, message) => {
    expect(call).toThrow(message);
    expect(call).toThrow(/^\[(argument_invalid|not_initialized)\] expected/);
  });

  it("refuses a function that returns no iterator", async () => {
    const notOne = (() => 3) as unknown as () => number[];
    const iterator = await shard(notOne, { batchSize: 1, world }).iterator();
    await expect(iterator.next()).rejects.toThrow(/argument_invalid.*got 3/);
  });
});
