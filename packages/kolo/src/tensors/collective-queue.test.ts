import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { KoloError } from "@kolo/core";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { allGather } from "./all-gather.js";
import { allReduce, allReduceSync } from "./all-reduce.js";
import { allToAll } from "./all-to-all.js";
import { barrier, barrierSync } from "./barrier.js";
import { CollectiveQueue } from "./collective-queue.js";
import { koloErrorOf } from "./testing/expect-code.js";
import { type FakeEngine } from "./testing/fake-engine.js";
import { startFake, stopFake, useCpu } from "./testing/with-fake-engine.js";

beforeAll(useCpu);
afterEach(stopFake);

const names = (engine: FakeEngine): string[] => engine.started.map(({ name }) => name);

/** Lets all that is ready happen. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the order of operations", () => {
  it("starts collectives of one operation within the call, several at once", async () => {
    const engine = startFake({ manual: true });
    const all = [allReduce([1]), barrier(), allReduce([2])];
    expect(names(engine)).toEqual(["allReduce.0", "barrier.0", "allReduce.1"]);
    while (engine.current !== undefined) engine.completeNext();
    tf.dispose(await Promise.all(all));
    expect(engine.prepared).toBe(0);
  });

  it("keeps later calls behind a collective of two operations", async () => {
    const engine = startFake({ manual: true });
    const all = [allGather([1]), allReduce([2]), allToAll([3]), barrier()];
    expect(names(engine)).toEqual(["allGather.0/rows"]);
    engine.completeNext();
    await turn();
    expect(names(engine).slice(1)).toEqual(["allGather.0", "allReduce.0", "allToAll.0/splits"]);
    while (engine.current !== undefined) {
      engine.completeNext();
      await turn();
    }
    expect(names(engine).slice(4)).toEqual(["allToAll.0", "barrier.0"]);
    await Promise.all(all);
    expect(engine.prepared).toBe(0);
  });

  it("lets a blocking call first drive what was called before it", async () => {
    const engine = startFake({ manual: true });
    const gathered = allGather([1]);
    const met = barrier();
    allReduceSync([2]).dispose();
    expect(names(engine)).toEqual(["allGather.0/rows", "allGather.0", "barrier.0", "allReduce.0"]);
    (await gathered).dispose();
    await met;
    barrierSync();
    expect(engine.prepared).toBe(0);
  });

  it("is the order of calls, whatever completes when and whoever blocks", async () => {
    const calls = fc.array(
      fc.record({
        kind: fc.constantFrom("allReduce", "allGather", "barrier", "allReduceSync"),
        completeBefore: fc.nat(3),
        turnBefore: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    const runAll = async (list: typeof calls extends fc.Arbitrary<infer T> ? T : never) => {
      const engine = startFake({ manual: true });
      const promises: Promise<unknown>[] = [];
      for (const { kind, completeBefore, turnBefore } of list) {
        for (let i = 0; i < completeBefore && engine.current !== undefined; i++) {
          engine.completeNext();
        }
        if (turnBefore) await turn();
        if (kind === "allReduce") promises.push(allReduce([1]));
        else if (kind === "allGather") promises.push(allGather([1]));
        else if (kind === "barrier") promises.push(barrier());
        else allReduceSync([1]).dispose();
      }
      barrierSync();
      tf.dispose((await Promise.all(promises)) as tf.Tensor[]);
      expect(engine.prepared).toBe(0);
      return names(engine);
    };
    await fc.assert(
      fc.asyncProperty(calls, async (list) => {
        const inOneGo = list.map(({ kind }) => ({ kind, completeBefore: 0, turnBefore: false }));
        expect(await runAll(list)).toEqual(await runAll(inOneGo));
      }),
      { numRuns: 50 },
    );
  });
});

describe("failures", () => {
  it("rejects every collective under way, and the ones behind it", async () => {
    const engine = startFake({ manual: true });
    const all = [allGather([1]), allReduce([2]), barrier()];
    engine.failure = new KoloError("rank_failed", "rank 2 threw");
    engine.completeNext();
    for (const promise of all) await koloErrorOf("rank_failed", () => promise);
    expect(engine.prepared).toBe(0);
  });

  it("tells a blocking call that something before it can only be awaited", async () => {
    const queue = new CollectiveQueue();
    let resolve = (): void => undefined;
    const outside = new Promise<void>((done) => {
      resolve = done;
    });
    const running = queue.run(
      (function* () {
        yield outside;
        return { result: () => 1 };
      })(),
    );
    await koloErrorOf("argument_invalid", () => {
      queue.drainSync();
    });
    resolve();
    expect(await running).toBe(1);
    queue.drainSync();
  });
});
