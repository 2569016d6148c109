import { describe, expect, it } from "@jest/globals";
import { createLogger, parseBytes } from "@kolo/core";
import * as tf from "@tensorflow/tfjs";
import { type FakeEngine } from "../../tensors/testing/fake-engine.js";
import { keepTestsApart, startFake } from "../../tensors/testing/with-fake-engine.js";
import { distributedOptimizer } from "../distributed-optimizer.js";

keepTestsApart();

/** Three gradients of 128 KiB. */
const gradients = (): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Array.from({ length: 3 }, (_, i) => {
      tf.variable(tf.zeros([2 ** 15]), true, `v${i}`);
      return [`v${i}`, tf.zeros([2 ** 15])];
    }),
  );

function start(rank = 0): { engine: FakeEngine; lines: string[] } {
  const lines: string[] = [];
  const engine = startFake({ size: 2, rank, reply: () => [] });
  engine.exchange = { autotune: true };
  engine.logger = createLogger("info", (line) => lines.push(line));
  return { engine, lines };
}

function bucketsOf(engine: FakeEngine, name = "gradients"): number {
  const last = engine.started.findLastIndex((operation) => operation.name === `${name}/0`);
  return engine.started.slice(last).filter(({ name: own }) => own.startsWith(`${name}/`)).length;
}

describe("autotune", () => {
  it("tries sizes, leaves nothing behind, says once what it chose, and sticks", () => {
    const { engine, lines } = start();
    const optimizer = distributedOptimizer(tf.train.sgd(1));
    const given = gradients();
    const tried = new Set<number>();
    let steps = 0;
    while (lines.length === 0 && steps++ < 100) {
      optimizer.applyGradients(given);
      tried.add(bucketsOf(engine));
    }
    // Buckets of 25 MiB and of 256 KiB.
    expect([...tried]).toEqual(expect.arrayContaining([1, 2]));
    const chosen =
      /chose --bucket-bytes (\S+)( --segment-bytes \S+)? \(.* (\d+) steps tried\)$/.exec(
        lines.join("\n"),
      );
    expect(Number(chosen?.[3])).toBe(steps - 1);
    const buckets = Math.ceil((3 * 2 ** 17) / (parseBytes(chosen?.[1] ?? "") ?? 1));
    expect(bucketsOf(engine)).toBe(buckets);
    // One comparison of the model is enough, however it is cut.
    expect(engine.manifests).toHaveLength(1);
    // The search's own operations are gone, and so are the buckets of other sizes.
    expect(engine.prepared).toBe(buckets);
    const barriers = (): number => engine.started.filter(({ kind }) => kind === "barrier").length;
    expect(barriers()).toBe(steps - 1);

    for (let step = 0; step < 20; step++) optimizer.applyGradients(given);
    expect([bucketsOf(engine), barriers(), lines.length]).toEqual([buckets, steps - 1, 1]);

    const other = distributedOptimizer(tf.train.sgd(1), { name: "other" });
    other.applyGradients(given);
    expect(bucketsOf(engine, "other")).toBe(buckets);
    optimizer.dispose();
    other.dispose();
    expect(engine.prepared).toBe(0);
  });

  it("leaves alone what was said, and where nothing is left, says so at once", () => {
    const { engine, lines } = start();
    engine.exchange = { autotune: true, bucketBytes: 2 ** 18, segmentBytes: 4096 };
    distributedOptimizer(tf.train.sgd(1)).applyGradients(gradients());
    expect(lines.join()).toContain(
      "autotune had nothing to choose from: --bucket-bytes 256KiB --segment-bytes 4KiB",
    );
    expect([bucketsOf(engine), engine.prepared]).toEqual([2, 2]);
  });

  it("has only buckets to choose where ranks share memory, and none the program has cut", () => {
    const { engine, lines } = start();
    engine.hasSegments = false;
    const optimizer = distributedOptimizer(tf.train.sgd(1), { bucketBytes: 2 ** 17 });
    optimizer.applyGradients(gradients());
    expect(lines.join()).toContain("autotune had nothing to choose from: no flags");
    expect(bucketsOf(engine)).toBe(3);
  });

  it("gives its place back when its optimizer is disposed meanwhile", () => {
    const { engine } = start(1);
    const optimizer = distributedOptimizer(tf.train.sgd(1));
    const given = gradients();
    for (let step = 0; step < 12; step++) optimizer.applyGradients(given);
    optimizer.dispose();
    expect(engine.prepared).toBe(0);
  });

  it("is silent on ranks other than 0, which do the same", () => {
    const { engine, lines } = start(1);
    const optimizer = distributedOptimizer(tf.train.sgd(1));
    const given = gradients();
    for (let step = 0; step < 60; step++) optimizer.applyGradients(given);
    expect(lines).toEqual([]);
    expect(engine.started.at(-1)?.kind).toBe("allReduce");
    expect(engine.prepared).toBe(bucketsOf(engine));
  });
});
