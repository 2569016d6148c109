import { describe, expect, it } from "@jest/globals";
import { type DType, isKoloError, KoloError, type ReduceOp, reduceOps } from "@kolo/core";
import { plainKernels } from "@kolo/kernels";
import { type IncomingSegment } from "@kolo/transport";
import * as fc from "fast-check";
import { Executor } from "./executor.js";
import { type AllReduce, type Algorithm, type Operation } from "./operation.js";
import { planOperation } from "./plan/plan-operation.js";
import { createFakeNetwork, type FakeNetwork } from "./testing/fake-network.js";

type Elements = Float32Array | Int32Array;

const generation = 1;
const scratchBytes = 64;
const memoryBytes = 256 * 1024;

interface Rank {
  readonly executor: Executor;
  readonly bytes: Uint8Array;
  readonly failures: KoloError[];
  readonly start: (
    sequence: number,
    operation: Operation,
    input?: ArrayLike<number>,
    algorithm?: Algorithm,
  ) => Promise<Elements>;
}

interface World extends FakeNetwork {
  readonly ranks: readonly Rank[];
  rank(index: number): Rank;
  /** Delivers until nothing moves; `choose` picks among the wires that have something. */
  pump(choose?: (count: number) => number): Promise<void>;
}

function createWorld(size: number, segmentElements: number, places = false): World {
  const network = createFakeNetwork(size, places);
  const ranks = network.transports.map((transport, rank): Rank => {
    const memory = new SharedArrayBuffer(memoryBytes);
    const failures: KoloError[] = [];
    const executor = new Executor({
      world: { rank, size },
      generation,
      transport,
      memory,
      kernels: plainKernels(memory),
      scratchByteOffset: 0,
      scratchBytes,
      onFailure: (error) => failures.push(error),
    });
    executor.connect();
    return {
      executor,
      failures,
      bytes: new Uint8Array(memory),
      start: async (sequence, operation, input = [], algorithm = "ring") => {
        const plan = planOperation(operation, { rank, size }, { segmentElements, algorithm });
        const { elements } = plan.layout;
        const buffer =
          plan.dtype === "int32"
            ? new Int32Array(memory, scratchBytes, elements)
            : new Float32Array(memory, scratchBytes, elements);
        buffer.set(input, plan.layout.input.offset);
        await executor.run(sequence, operation, plan, scratchBytes);
        const { offset, count } = plan.layout.output;
        return buffer.slice(offset, offset + count);
      },
    };
  });
  const rank = (index: number): Rank => {
    const found = ranks[index];
    if (found === undefined) throw new Error(`no rank ${index}`);
    return found;
  };
  const pump = async (choose: (count: number) => number = () => 0): Promise<void> => {
    for (;;) {
      await turn();
      const ready = network.wires.filter((wire) => wire.ready);
      if (ready.length === 0) return;
      ready[choose(ready.length)]?.deliver();
    }
  };
  return { ...network, ranks, rank, pump };
}

/** Lets everything that is already decided happen. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The error a promise ends with; a promise that is still pending fails the test, not its timeout. */
async function rejection(promise: Promise<unknown>): Promise<KoloError> {
  const pending = Symbol("pending");
  const outcome = await Promise.race([
    promise.then(
      () => "resolved",
      (error: unknown) => error,
    ),
    turn().then(() => pending),
  ]);
  if (!isKoloError(outcome)) throw new Error(`expected a KoloError, got ${String(outcome)}`);
  return outcome;
}

const allReduce = (dtype: DType, count: number, op: ReduceOp = "sum"): AllReduce => ({
  kind: "allReduce",
  name: "a",
  dtype,
  shape: [count],
  op,
  prescale: 1,
  postscale: 1,
});
const barrier: Operation = { kind: "barrier", name: "b" };

/** A value no other (rank, element) has: a swapped segment cannot sum to the right answer. */
const cell = (rank: number, i: number, size: number): number => i * size + rank;
const cells = (rank: number, count: number, size: number): number[] =>
  Array.from({ length: count }, (_, i) => cell(rank, i, size));
/** Which of its bit patterns a NaN has is no promise: JavaScript itself makes none. */
const bits = (elements: Elements): string => {
  const known = elements.map((element: number) => (Number.isNaN(element) ? NaN : element));
  return Buffer.from(known.buffer).toString("hex");
};

describe("the executor", () => {
  const sizes = fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8, 9, 16);
  const segments = fc.integer({ min: 1, max: 7 });
  const dtypes = fc.constantFrom<DType>("float32", "int32");

  it("runs any operations one after the other, whatever the order in which segments arrive", () =>
    fc.assert(
      fc.asyncProperty(
        sizes,
        segments,
        dtypes,
        fc.infiniteStream(fc.nat()),
        fc.boolean(),
        async (p, s, d, any, places) => {
          const random = (bound: number): number => (any.next().value ?? 0) % bound;
          const world = createWorld(p, s, places);
          const counts = Array.from({ length: p }, () => random(5));
          const splits = Array.from({ length: p }, () => counts.map(() => random(4)));
          const total = counts.reduce((a, b) => a + b, 0);
          const n = random(3 * p + 2);
          const root = random(p);
          const column = (i: number): number =>
            counts.reduce((sum, _, rank) => sum + cell(rank, i, p), 0);
          const row = (rank: number): number[] => splits[rank] ?? [];
          const sent = (from: number, to: number): number[] => {
            const start = row(from)
              .slice(0, to)
              .reduce((a, b) => a + b, 0);
            return cells(from, start + (row(from)[to] ?? 0), p).slice(start);
          };
          const shared = { name: "any", dtype: d, rowShape: [] };
          const reducing = { op: "sum", prescale: 1, postscale: 1 } as const;
          const scattered: Operation = { ...shared, ...reducing, kind: "reduceScatter", counts };
          const before = (rank: number): number => counts.slice(0, rank).reduce((a, b) => a + b, 0);
          const steps: [Operation, (rank: number) => number[], (rank: number) => number[]][] = [
            [
              { ...allReduce(d, n), name: "in few hops", algorithm: "doubling" },
              (rank) => cells(rank, n, p),
              () => Array.from({ length: n }, (_, i) => column(i)),
            ],
            [
              allReduce(d, n),
              (rank) => cells(rank, n, p),
              () => Array.from({ length: n }, (_, i) => column(i)),
            ],
            [
              { ...shared, kind: "broadcast", shape: [n], root },
              (rank) => cells(rank, n, p),
              () => cells(root, n, p),
            ],
            [
              { ...shared, kind: "allToAll", splits },
              (rank) =>
                cells(
                  rank,
                  row(rank).reduce((a, b) => a + b, 0),
                  p,
                ),
              (rank) => counts.flatMap((_, from) => sent(from, rank)),
            ],
            [
              { ...shared, kind: "allGather", counts, algorithm: "doubling" },
              (rank) => cells(rank, counts[rank] ?? 0, p),
              () => counts.flatMap((count, rank) => cells(rank, count, p)),
            ],
            [
              { ...shared, kind: "allGather", counts },
              (rank) => cells(rank, counts[rank] ?? 0, p),
              () => counts.flatMap((count, rank) => cells(rank, count, p)),
            ],
            [barrier, () => [], () => []],
            [
              scattered,
              (rank) => cells(rank, total, p),
              (rank) =>
                Array.from({ length: counts[rank] ?? 0 }, (_, i) => column(before(rank) + i)),
            ],
          ];
          steps.sort(() => random(3) - 1);
          const results = world.ranks.map(async (rank, index) => {
            const outputs: number[][] = [];
            for (const [sequence, [operation, input]] of steps.entries()) {
              const { algorithm } = { algorithm: undefined, ...operation };
              outputs.push([...(await rank.start(sequence, operation, input(index), algorithm))]);
            }
            return outputs;
          });
          await world.pump(random);
          for (const [index, outputs] of (await Promise.all(results)).entries()) {
            expect(outputs).toEqual(steps.map(([, , expected]) => expected(index)));
          }
        },
      ),
      { numRuns: 200 },
    ));

  it("gives all ranks, and every run by any algorithm, the same bits of any floats", () =>
    fc.assert(
      fc.asyncProperty(
        sizes,
        segments,
        dtypes,
        fc.constantFrom(...reduceOps),
        fc.constantFrom(1, 0.1, -3),
        fc.constantFrom(1, 0.1, -3),
        fc.array(fc.float(), { maxLength: 40 }),
        fc.infiniteStream(fc.nat()),
        async (size, segmentElements, dtype, op, prescale, postscale, values, any) => {
          const world = createWorld(size, segmentElements);
          const seen = new Set<string>();
          const algorithms = ["ring", "doubling", "ring", "doubling"] as const;
          for (const [sequence, algorithm] of algorithms.entries()) {
            const results = world.ranks.map((rank, index) =>
              rank.start(
                sequence,
                { ...allReduce(dtype, values.length, op), prescale, postscale },
                values.map((_, i) => values[(i + index * 7) % values.length] ?? 0),
                algorithm,
              ),
            );
            await world.pump((count) => (any.next().value ?? 0) % count);
            for (const result of await Promise.all(results)) seen.add(bits(result));
          }
          expect(seen.size).toBe(1);
        },
      ),
      { numRuns: 200 },
    ));

  it.each([1, 2, 5])("applies prescale, divisor and postscale in a world of %i", async (size) => {
    const world = createWorld(size, 4);
    const operation: Operation = {
      ...allReduce("float32", 3, "average"),
      prescale: 2,
      postscale: 10,
    };
    const results = world.ranks.map((rank) => rank.start(0, operation, [1, 2, 3]));
    await world.pump();
    for (const result of await Promise.all(results)) expect([...result]).toEqual([20, 40, 60]);
  });

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
