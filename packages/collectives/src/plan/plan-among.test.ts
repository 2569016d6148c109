import { describe, expect, it } from "@jest/globals";
import { plainKernels } from "@kolo/kernels";
import { createMemoryNetwork } from "@kolo/transport";
import { Executor, type Operation, planAmong } from "../index.js";

const options = { segmentElements: 3 };
const scratchBytes = 64;

function sum(count: number): Operation {
  const factors = { op: "sum", prescale: 1, postscale: 1 } as const;
  return { kind: "allReduce", name: "a", dtype: "float32", shape: [count], ...factors };
}

function gather(size: number, count: number): Operation {
  const counts = Array<number>(size).fill(count);
  return { kind: "allGather", name: "a", dtype: "int32", counts, rowShape: [] };
}

function createWorld(size: number) {
  const transports = createMemoryNetwork(size);
  return transports.map((transport, rank) => {
    transport.setPeers(transports.map(() => ""));
    const memory = new ArrayBuffer(16 * 1024);
    const executor = new Executor({
      world: { rank, size },
      generation: 1,
      transport,
      memory,
      kernels: plainKernels(memory),
      scratchByteOffset: 0,
      scratchBytes,
      onFailure: (error) => {
        throw error;
      },
    });
    const floats = new Float32Array(memory, scratchBytes, 100);
    const integers = new Int32Array(memory, 2048, 100);
    return { rank, executor, floats, integers };
  });
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

describe("planAmong", () => {
  it("reduces among some ranks of the world, whatever their numbers", async () => {
    const world = createWorld(5);
    const members = [1, 3, 4];
    for (const { rank, floats } of world) floats.fill(10 ** rank, 0, 8);
    await Promise.all(
      members.map(async (rank) => {
        const plan = planAmong(sum(8), { members, rank, part: 0 }, options);
        await world[rank]?.executor.run(0, sum(8), plan, scratchBytes);
      }),
    );
    for (const rank of members) {
      expect([...(world[rank]?.floats.subarray(0, 8) ?? [])]).toEqual(Array(8).fill(11010));
    }
    expect(world[0]?.floats[0]).toBe(1);
  });

  it("keeps the parts of an operation apart, though a rank is a part ahead", async () => {
    const size = 3;
    const world = createWorld(size);
    const members = [0, 1, 2];
    const compressed = sum(6);
    const runParts = async ({ rank, executor, floats, integers }: (typeof world)[number]) => {
      floats.fill(rank + 1, 0, 6);
      const first = planAmong(sum(6), { members, rank, part: 0 }, options);
      await executor.run(0, compressed, first, scratchBytes);
      // One is late for the second part, while the others are in it.
      if (rank === 2) await settle();
      integers.fill(100 * rank + (floats[0] ?? 0), 2 * rank, 2 * rank + 2);
      const second = planAmong(gather(size, 2), { members, rank, part: 1 }, options);
      await executor.run(0, compressed, second, 2048);
      return [...integers.subarray(0, 6)];
    };
    const results = await Promise.all(world.map(runParts));
    for (const result of results) expect(result).toEqual([6, 6, 106, 106, 206, 206]);
  });

  it("refuses more parts than segments can number", () => {
    expect(() => planAmong(sum(1), { members: [0, 1], rank: 0, part: 256 }, options)).toThrow(
      expect.objectContaining({ code: "internal" }),
    );
  });
});
