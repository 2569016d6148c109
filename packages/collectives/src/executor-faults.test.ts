/** What executors do about segments that are wrong or early, links that break, and an abort. */
import { describe, expect, it } from "@jest/globals";
import { KoloError } from "@kolo/core";
import { type IncomingSegment } from "@kolo/transport";
import { planOperation } from "./plan/plan-operation.js";
import {
  allReduce,
  barrier,
  cells,
  createWorld,
  memoryBytes,
  rejection,
  scratchBytes,
  turn,
} from "./testing/fake-world.js";

describe("the executor", () => {
  it("counts the bytes it sends, and says what an operation is on its first segment only", async () => {
    const world = createWorld(2, 2);
    const runs = world.ranks.map((rank) =>
      rank.start(0, allReduce("float32", 10), cells(0, 10, 1)),
    );
    await world.pump();
    await Promise.all(runs);
    expect(world.ranks.map(({ executor }) => executor.bytesSent)).toEqual([40, 40]);
    const descriptions = world.wire(0, 1).log.map(({ description }) => description);
    expect(descriptions).toEqual(['allReduce "a" float32[10] sum', "", "", "", "", ""]);
  });

  describe("refuses, and writes nothing of,", () => {
    const wrong: [string, Partial<IncomingSegment>, string, RegExp][] = [
      ["another generation", { generation: 2 }, "generation_stale", /expected generation 1, got 2/],
      ["another hop", { hop: 1 }, "message_invalid", /hop 0/],
      ["another segment", { index: 1 }, "message_invalid", /segment 0/],
      ["another offset", { offset: 1 }, "message_invalid", /offset 0/],
      ["another count", { count: 1 }, "message_invalid", /2 elements/],
      ["another dtype", { dtype: "int32" }, "message_invalid", /float32.*int32/],
      ["an operation of the past", { sequence: 4 }, "message_invalid", /#4/],
      [
        "another operation",
        { fingerprint: 1, description: 'broadcast "b" float32[3] from rank 0' },
        "operation_mismatch",
        /allReduce "a" float32\[8\] sum.*broadcast "b" float32\[3\] from rank 0/,
      ],
    ];

    it.each(wrong)("%s", async (_title, change, code, message) => {
      const world = createWorld(2, 2);
      const receiver = world.rank(1);
      const other = world.rank(0).start(5, allReduce("float32", 8), cells(0, 8, 2));
      const run = receiver.start(5, allReduce("float32", 8), cells(1, 8, 2));
      const before = receiver.bytes.slice();
      world.wire(0, 1).deliver((segment) => ({ ...segment, ...change }));
      const error = await rejection(run);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
      expect(Buffer.compare(receiver.bytes, before)).toBe(0);
      expect(receiver.failures).toEqual([error]);
      expect(await rejection(receiver.start(6, barrier))).toBe(error);
      world.rank(0).executor.abort(error);
      await rejection(other);
    });
  });

  it("holds what comes before its operation does, and takes it then", async () => {
    const world = createWorld(2, 2);
    const early = world.rank(0).start(0, allReduce("int32", 8), cells(0, 8, 2));
    await world.pump();
    expect(world.wire(0, 1).holds).toBe(true);
    const late = world.rank(1).start(0, allReduce("int32", 8), cells(1, 8, 2));
    await world.pump();
    const expected = Int32Array.from({ length: 8 }, (_, i) => 4 * i + 1);
    expect(await Promise.all([early, late])).toEqual([expected, expected]);
  });

  it("does not hold what comes from another generation", async () => {
    const world = createWorld(2, 2);
    const run = world.rank(0).start(3, barrier);
    world.wire(0, 1).deliver((segment) => ({ ...segment, generation: 2 }));
    expect(world.rank(1).failures).toMatchObject([{ code: "generation_stale" }]);
    world.rank(0).executor.abort(new KoloError("interrupted", "test over"));
    await rejection(run);
  });

  it("notices a broken neighbour while idle", async () => {
    const world = createWorld(3, 2);
    const lost = new KoloError("peer_lost", "rank 0 is gone");
    world.wire(0, 1).fail(lost);
    expect(world.rank(1).failures).toEqual([lost]);
    expect(await rejection(world.rank(1).start(0, barrier))).toBe(lost);
  });

  describe("ends with the first failure, for good,", () => {
    const cause = new KoloError("rank_failed", "rank 2 threw");
    const second = new KoloError("peer_lost", "and then its links broke");

    it("when aborted while segments are to come", async () => {
      const world = createWorld(2, 2);
      const { executor, start } = world.rank(1);
      const run = start(0, allReduce("float32", 8));
      executor.abort(cause);
      executor.abort(second);
      expect(await rejection(run)).toBe(cause);
      expect(await rejection(start(1, barrier))).toBe(cause);
    });

    it("when aborted while the last segment waits to be sent", async () => {
      const world = createWorld(2, 4);
      const { executor, start } = world.rank(1);
      const other = world.rank(0).start(0, allReduce("float32", 8), cells(0, 8, 2));
      const run = start(0, allReduce("float32", 8), cells(1, 8, 2));
      // Everything reaches rank 1; rank 0 still has to pull the last segment.
      world.wire(0, 1).deliver();
      world.wire(1, 0).deliver();
      world.wire(0, 1).deliver();
      await turn();
      executor.abort(cause);
      expect(await rejection(run)).toBe(cause);
      expect(await rejection(start(1, barrier))).toBe(cause);
      world.rank(0).executor.abort(cause);
      await rejection(other);
    });

    it("when what it sent cannot leave", async () => {
      const world = createWorld(2, 4);
      const { start } = world.rank(1);
      const other = world.rank(0).start(0, allReduce("float32", 8), cells(0, 8, 2));
      const run = start(0, allReduce("float32", 8), cells(1, 8, 2));
      world.wire(0, 1).deliver();
      world.wire(1, 0).deliver();
      world.wire(0, 1).deliver();
      await turn();
      world.wire(1, 0).failSender(second);
      expect(await rejection(run)).toBe(second);
      expect(await rejection(start(1, barrier))).toBe(second);
      world.rank(0).executor.abort(cause);
      await rejection(other);
    });

    it("and writes nothing of what still arrives", async () => {
      const world = createWorld(2, 2);
      const receiver = world.rank(1);
      const other = world.rank(0).start(0, allReduce("float32", 8), cells(0, 8, 2));
      const run = receiver.start(0, allReduce("float32", 8), cells(1, 8, 2));
      receiver.executor.abort(cause);
      const before = receiver.bytes.slice();
      world.wire(0, 1).deliver();
      expect(Buffer.compare(receiver.bytes, before)).toBe(0);
      await rejection(run);
      world.rank(0).executor.abort(cause);
      await rejection(other);
    });
  });

  it("refuses a plan whose segments its scratch cannot hold", async () => {
    const world = createWorld(2, scratchBytes / 4 + 1);
    expect((await rejection(world.rank(0).start(0, barrier))).message).toMatch(/scratch/);
  });

  it("refuses a buffer outside the memory", async () => {
    const world = createWorld(1, 2);
    const operation = allReduce("float32", memoryBytes / 4);
    const plan = planOperation(operation, { rank: 0, size: 1 }, { segmentElements: 2 });
    const run = world.rank(0).executor.run(0, operation, plan, scratchBytes);
    expect((await rejection(run)).message).toMatch(/memory/);
  });
});
