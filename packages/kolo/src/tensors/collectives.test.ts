import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { KoloError } from "@kolo/core";
import * as tf from "@tensorflow/tfjs";
import { allGather, allGatherSync } from "./all-gather.js";
import { allReduce, allReduceSync } from "./all-reduce.js";
import { allToAll, allToAllSync } from "./all-to-all.js";
import { barrier, barrierSync } from "./barrier.js";
import { broadcast, broadcastSync } from "./broadcast.js";
import { reduceScatter, reduceScatterSync } from "./reduce-scatter.js";
import { koloErrorOf } from "./testing/expect-code.js";
import { type FakeEngine } from "./testing/fake-engine.js";
import { startFake, stopFake, useCpu } from "./testing/with-fake-engine.js";

let tensorsBefore = 0;
beforeAll(useCpu);
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(stopFake);

/** Both forms of a collective must do the same. */
async function both<T>(forms: readonly (() => T | Promise<T>)[], check: (result: T) => void) {
  for (const form of forms) check(await form());
}

function nothingLeft(engine: FakeEngine, tensors: number): void {
  expect(engine.prepared).toBe(0);
  expect(tf.memory().numTensors - tensorsBefore).toBe(tensors);
}

describe("allReduce", () => {
  it("says what the program said, and gives back a tensor like the one it got", async () => {
    const engine = startFake({ size: 4, reply: (_, input) => input.map((value) => value * 10) });
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const options = { op: "sum", name: "loss", prescale: 0.5, postscale: 3 } as const;
    await both([() => allReduce(x, options), () => allReduceSync(x, options)], (result) => {
      expect(result.arraySync()).toEqual([
        [10, 20],
        [30, 40],
      ]);
      result.dispose();
    });
    const operation = { kind: "allReduce", dtype: "float32", shape: [2, 2], ...options };
    expect(engine.started).toEqual([operation, operation]);
    expect(x.isDisposed).toBe(false);
    nothingLeft(engine, 1);
    x.dispose();
  });

  it("averages by default, and counts its calls for a name", async () => {
    const engine = startFake();
    await both([() => allReduce([1, 2]), () => allReduceSync([1, 2])], (result) => {
      expect([...result.dataSync()]).toEqual([1, 2]);
      result.dispose();
    });
    expect(engine.started).toMatchObject([
      { name: "allReduce.0", op: "average", prescale: 1, postscale: 1 },
      { name: "allReduce.1" },
    ]);
    nothingLeft(engine, 0);
  });

  it("takes scalars, int32, typed arrays, and tensors without elements", () => {
    startFake();
    tf.tidy(() => {
      expect(allReduceSync(5).shape).toEqual([]);
      expect(allReduceSync(tf.scalar(5, "int32")).dtype).toBe("int32");
      expect(allReduceSync(Int32Array.of(1, 2)).dtype).toBe("int32");
      expect(allReduceSync(tf.zeros([0, 3])).shape).toEqual([0, 3]);
    });
  });

  it("averages by weight, in one operation", async () => {
    // The other rank has twos, which weigh 1.
    const engine = startFake({
      size: 2,
      reply: (_operation, input) => input.map((v, i) => v + (i < 2 ? 2 : 1)),
    });
    const x = tf.tensor2d([[1, 6]]);
    const options = { weight: 3, postscale: 10, name: "loss" };
    await both([() => allReduce(x, options), () => allReduceSync(x, options)], (result) => {
      expect(result.arraySync()).toEqual([[12.5, 50]]);
      result.dispose();
    });
    expect(engine.started[0]).toMatchObject({ op: "sum", shape: [3], name: "loss" });
    const nothing = allReduceSync(tf.tensor1d([NaN, NaN]), { weight: 0 });
    expect([...nothing.dataSync()]).toEqual([2, 2]);
    tf.dispose([x, nothing]);

    const refused = startFake({ size: 2 });
    await koloErrorOf("argument_invalid", () => allReduceSync([1], { weight: 0 }));
    await koloErrorOf("argument_invalid", () => allReduce([1], { weight: -1 }));
    await koloErrorOf("argument_invalid", () => allReduce([1], { weight: 1, op: "max" }));
    await koloErrorOf("dtype_unsupported", () => allReduce(Int32Array.of(1), { weight: 1 }));
    expect(refused.prepared).toBe(0);
  });

  it("sends the values of the moment of the call, whatever becomes of the tensor", async () => {
    const engine = startFake({ manual: true });
    const x = tf.tensor1d([1, 2]);
    const first = allGather([1]);
    const second = allReduce(x);
    x.dispose();
    expect(engine.started).toHaveLength(1);
    engine.completeNext();
    (await finished(engine, first)).dispose();
    const result = await finished(engine, second);
    expect([...result.dataSync()]).toEqual([1, 2]);
    result.dispose();
    nothingLeft(engine, 0);
  });

  it("refuses other dtypes, unknown options and unknown ops, and leaves nothing behind", async () => {
    const engine = startFake();
    const x = tf.tensor1d([true], "bool");
    expect(await koloErrorOf("dtype_unsupported", () => allReduce(x))).toContain("got bool");
    await koloErrorOf("dtype_unsupported", () => allReduceSync(["a"]));
    const wrong = { scale: 2 } as object;
    expect(await koloErrorOf("argument_invalid", () => allReduce([1], wrong))).toContain('"scale"');
    await koloErrorOf("argument_invalid", () => allReduceSync([1], wrong));
    await koloErrorOf("argument_invalid", () => allReduce([1], { op: "mean" as "sum" }));
    await koloErrorOf("argument_invalid", () => allReduceSync([1], { prescale: NaN }));
    expect(engine.started).toEqual([]);
    nothingLeft(engine, 1);
    x.dispose();
  });

  it("throws the failure of the world in both forms, and releases", async () => {
    const engine = startFake({ manual: true });
    const promise = allReduce([1]);
    engine.failure = new KoloError("peer_lost", "rank 1 is gone");
    engine.completeNext();
    await koloErrorOf("peer_lost", () => promise);
    await koloErrorOf("peer_lost", () => allReduceSync([1]));
    nothingLeft(engine, 0);
  });

  it("refuses a call outside of init() and shutdown()", async () => {
    await koloErrorOf("not_initialized", () => allReduce([1]));
    await koloErrorOf("not_initialized", () => allReduceSync([1]));
  });
});

describe("broadcast", () => {
  it("gives the root's values", async () => {
    const engine = startFake({ size: 3, reply: () => [7, 8] });
    await both(
      [() => broadcast([1, 2], { root: 2 }), () => broadcastSync([1, 2], { root: 2 })],
      (result) => {
        expect([...result.dataSync()]).toEqual([7, 8]);
        result.dispose();
      },
    );
    expect(engine.started).toMatchObject([
      { kind: "broadcast", name: "broadcast.0", root: 2, shape: [2] },
      { name: "broadcast.1" },
    ]);
    nothingLeft(engine, 0);
  });

  it("refuses a root that is no rank", async () => {
    const engine = startFake({ size: 3 });
    await koloErrorOf("argument_invalid", () => broadcast([1], { root: 3 }));
    nothingLeft(engine, 0);
  });
});

describe("allGather", () => {
  it("puts ragged rows one below the other", async () => {
    const engine = startFake({
      rank: 1,
      size: 3,
      reply: (operation, input) =>
        operation.name.endsWith("/rows") ? [2, ...input, 0] : [1, 2, 3, 4, ...input],
    });
    const x = tf.tensor2d([[5, 6]]);
    await both([() => allGather(x), () => allGatherSync(x)], (result) => {
      expect(result.arraySync()).toEqual([
        [1, 2],
        [3, 4],
        [5, 6],
      ]);
      result.dispose();
    });
    expect(engine.started.slice(0, 2)).toEqual([
      {
        kind: "allGather",
        name: "allGather.0/rows",
        dtype: "int32",
        counts: [1, 1, 1],
        rowShape: [],
      },
      {
        kind: "allGather",
        name: "allGather.0",
        dtype: "float32",
        counts: [4, 2, 0],
        rowShape: [2],
      },
    ]);
    nothingLeft(engine, 1);
    x.dispose();
  });

  it("makes a vector of scalars, and keeps rows without elements", () => {
    startFake();
    tf.tidy(() => {
      expect(allGatherSync(3).arraySync()).toEqual([3]);
      expect(allGatherSync(tf.zeros([4, 0])).shape).toEqual([4, 0]);
    });
  });
});

describe("reduceScatter", () => {
  it("splits rows in order, the first ranks taking one more", async () => {
    for (const [rank, rows] of [3, 2, 2].entries()) {
      const engine = startFake({ rank, size: 3, reply: () => Array<number>(rows * 2).fill(rank) });
      const x = tf.zeros([7, 2]);
      await both(
        [() => reduceScatter(x, { op: "sum" }), () => reduceScatterSync(x, { op: "sum" })],
        (result) => {
          expect(result.shape).toEqual([rows, 2]);
          expect(result.dataSync()[0]).toBe(rank);
          result.dispose();
        },
      );
      expect(engine.started[0]).toEqual({
        kind: "reduceScatter",
        name: "reduceScatter.0",
        dtype: "float32",
        counts: [6, 4, 4],
        rowShape: [2],
        op: "sum",
        prescale: 1,
        postscale: 1,
      });
      nothingLeft(engine, 1);
      x.dispose();
    }
  });

  it("leaves ranks without rows where there are fewer rows than ranks", () => {
    startFake({ rank: 2, size: 3, reply: () => [] });
    tf.tidy(() => {
      expect(reduceScatterSync([1, 2]).shape).toEqual([0]);
    });
  });

  it("refuses a scalar", async () => {
    const engine = startFake();
    await koloErrorOf("argument_invalid", () => reduceScatter(1));
    nothingLeft(engine, 0);
  });
});

describe("allToAll", () => {
  it("sends each rank its rows and says how many came from whom", async () => {
    const engine = startFake({
      rank: 1,
      size: 2,
      reply: (operation, input) =>
        operation.name.endsWith("/splits") ? [0, 3, ...input] : [1, 1, 2, 2, 3, 3, 9, 9],
    });
    const x = tf.tensor2d([
      [8, 8],
      [9, 9],
    ]);
    await both([() => allToAll(x), () => allToAllSync(x, { splits: [1, 1] })], (result) => {
      expect(result.tensor.arraySync()).toEqual([
        [1, 1],
        [2, 2],
        [3, 3],
        [9, 9],
      ]);
      expect(result.receivedSplits).toEqual([3, 1]);
      result.tensor.dispose();
    });
    expect(engine.started[1]).toEqual({
      kind: "allToAll",
      name: "allToAll.0",
      dtype: "float32",
      splits: [
        [0, 6],
        [2, 2],
      ],
      rowShape: [2],
    });
    nothingLeft(engine, 1);
    x.dispose();
  });

  it("refuses splits that do not fit, and an uneven default", async () => {
    const engine = startFake({ size: 2 });
    for (const splits of [[1], [1, 1], [4, -1], [1.5, 1.5]]) {
      await koloErrorOf("argument_invalid", () => allToAll([1, 2, 3], { splits }));
    }
    expect(await koloErrorOf("argument_invalid", () => allToAllSync([1, 2, 3]))).toContain(
      "splits",
    );
    await koloErrorOf("argument_invalid", () => allToAll(1));
    nothingLeft(engine, 0);
  });
});

describe("barrier", () => {
  it("waits in both forms", async () => {
    const engine = startFake();
    await barrier();
    barrierSync({ name: "before saving" });
    expect(engine.started).toEqual([
      { kind: "barrier", name: "barrier.0" },
      { kind: "barrier", name: "before saving" },
    ]);
    nothingLeft(engine, 0);
  });
});

/** Completes operations as they start, until the promise settles. */
async function finished<T>(engine: FakeEngine, promise: Promise<T>): Promise<T> {
  const running = setInterval(() => {
    if (engine.current !== undefined) engine.completeNext();
  }, 0);
  try {
    return await promise;
  } finally {
    clearInterval(running);
  }
}
