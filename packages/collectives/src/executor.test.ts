import { describe, expect, it } from "@jest/globals";
import { type KoloError } from "@kolo/core";
import { plainKernels } from "@kolo/kernels";
import { createMemoryNetwork } from "@kolo/transport";
import { type Algorithm, Executor, type Operation, planOperation } from "./index.js";

const scratchBytes = 256;

function sum(name: string, count: number): Operation {
  const shape = [count];
  return { kind: "allReduce", name, dtype: "float32", shape, op: "sum", prescale: 1, postscale: 1 };
}

function createWorld(size: number) {
  const failures: KoloError[] = [];
  const transports = createMemoryNetwork(size);
  const ranks = transports.map((transport, rank) => {
    transport.setPeers(transports.map(() => ""));
    const memory = new ArrayBuffer(64 * 1024);
    const executor = new Executor({
      world: { rank, size },
      generation: 1,
      transport,
      memory,
      kernels: plainKernels(memory),
      scratchByteOffset: 0,
      scratchBytes,
      onFailure: (error) => failures.push(error),
    });
    executor.connect();
    const elements = new Float32Array(memory, scratchBytes, 1000);
    const run = (
      sequence: number,
      operation: Operation,
      segmentElements = 7,
      algorithm: Algorithm = "ring",
    ): Promise<void> => {
      const plan = planOperation(operation, { rank, size }, { segmentElements, algorithm });
      return executor.run(sequence, operation, plan, scratchBytes);
    };
    return { elements, executor, run };
  });
  const rank = (index: number) => {
    const found = ranks[index];
    if (found === undefined) throw new RangeError(String(index));
    return found;
  };
  return { failures, rank, ranks };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** What rank 1 of three marks while ten elements are reduced. */
async function marksOf(algorithm: Algorithm): Promise<unknown[]> {
  const { rank, ranks } = createWorld(3);
  const marks: unknown[] = [];
  rank(1).executor.trace = {
    mark: (...mark) => {
      marks.push(mark);
    },
  };
  await Promise.all(ranks.map(({ run }) => run(0, sum("a", 10), 7, algorithm)));
  return marks;
}

describe("Executor", () => {
  it.each([1, 2, 3, 7, 64])("reduces in segments of %i elements", async (segmentElements) => {
    const { ranks } = createWorld(4);
    ranks.forEach(({ elements }, rank) => elements.fill(rank + 1, 0, 30));
    await Promise.all(ranks.map(({ run }) => run(0, sum("a", 30), segmentElements)));
    for (const { elements } of ranks) {
      expect([...elements.subarray(0, 31)]).toEqual([...Array<number>(30).fill(10), 0]);
    }
  });

  it("holds what comes before its operation is there, over several operations", async () => {
    const { rank } = createWorld(3);
    const early = [0, 2].map((index) => rank(index).run(0, sum("a", 5)));
    await settle();
    rank(1).elements.fill(1);
    await Promise.all([...early, rank(1).run(0, sum("a", 5))]);
    const later = [1, 2].map((index) => rank(index).run(1, sum("b", 9)));
    await settle();
    await Promise.all([...later, rank(0).run(1, sum("b", 9))]);
    expect(rank(0).elements[0]).toBe(3);
  });

  it("marks each phase of an operation in a trace, hop by hop, once it is over", async () => {
    const marks = await marksOf("ring");
    // Of ten elements the first chunk has four, and rank 1 receives the chunks 2, 1, 0, 2 from rank 0.
    const hops = [12, 12, 16, 12].map((bytes, hop) => ["hop", bytes, hop, 0]);
    expect(marks).toEqual([["prepare"], ...hops, ["flush"]]);
  });

  it("marks what is reduced when all has arrived as a phase of its own", async () => {
    const marks = await marksOf("doubling");
    const hops = [
      ["hop", 40, 0, 0],
      ["hop", 40, 1, 2],
    ];
    expect(marks).toHaveLength(5);
    expect(marks).toEqual(expect.arrayContaining(hops));
    expect([marks[0], ...marks.slice(3)]).toEqual([["prepare"], ["reduce"], ["flush"]]);
  });

  it("refuses another operation at the same place, and writes nothing of it", async () => {
    const { failures, rank } = createWorld(2);
    for (const index of [0, 1]) rank(index).elements.fill(index + 1);
    const runs = [rank(0).run(0, sum("ours", 4)), rank(1).run(0, sum("theirs", 4))];
    await expect(Promise.race(runs)).rejects.toThrow(
      /operation_mismatch.*"(ours|theirs)".*"(ours|theirs)"/,
    );
    await Promise.allSettled(runs);
    expect(failures).toHaveLength(2);
    for (const index of [0, 1]) {
      expect([...rank(index).elements.subarray(0, 4)]).toEqual(Array(4).fill(index + 1));
    }
  });

  it.each([
    ["of few hops", "doubling"],
    ["of few bytes", "ring"],
  ] as const)(
    "tells who is elsewhere and who hears of it, where the others' is %s",
    async (_, theirs) => {
      const { rank } = createWorld(5);
      const runs = [0, 1, 2, 3, 4].map((index) =>
        index === 2
          ? rank(2).run(0, sum("b", 4), 7, "doubling")
          : rank(index).run(0, sum("a", 40), 7, theirs),
      );
      // What the coordinator does with the first failure.
      runs.forEach((run) => {
        run.catch((error: unknown) => {
          for (let index = 0; index < 5; index++) rank(index).executor.abort(error as KoloError);
        });
      });
      for (const outcome of await Promise.allSettled(runs)) {
        expect(outcome).toMatchObject({ reason: { code: "operation_mismatch" } });
      }
    },
  );
});
