import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { Pace } from "@kolo/core";
import { compression } from "../compression.js";
import { type Bucket, type Group, type Hook, type HookMemory } from "../hook.js";
import { HookState } from "../hook-state.js";
import { createMembers, exactSum, type Members, memoryFor } from "../testing/members.js";
import { deepGradientHook } from "./deep-gradient-hook.js";
import { type Sparse, sparseArrays, sparseDemand, sparseExchangeOf } from "./sparse-exchange.js";
import { topKHook } from "./top-k-hook.js";

function membersOf(sparse: Sparse, size: number, count: number): Members {
  return createMembers({
    ...{ size, count },
    arraysOf: (bucket) => sparseArrays(sparse, bucket),
    demandOf: (bucket) => sparseDemand(sparse, bucket),
    hookOf: (bucket, memory) => hookOf(sparse, bucket, memory),
  });
}

function hookOf(sparse: Sparse, bucket: Bucket, memory: HookMemory): Hook {
  return sparse.kind === "topK"
    ? topKHook(sparse, bucket, memory)
    : deepGradientHook(sparse, bucket, memory);
}

/** Other magnitudes for each member, element and step; small integers, whose float32 sums are exact. */
function integersOf(size: number, count: number, step: number): Float32Array[] {
  return Array.from({ length: size }, (_, rank) =>
    Float32Array.from(
      { length: count },
      (__, i) => ((i * 37 + rank * 11 + step * 101) % 257) - 128,
    ),
  );
}

function addTo(total: Float64Array, values: ArrayLike<number>): void {
  for (const i of total.keys()) total[i] = (total[i] ?? 0) + (values[i] ?? 0);
}

const half = { momentum: 0.5, values: "float32" as const };
const sizes = [1, 2, 3, 4, 5];

describe.each(sizes)("sparse hooks of %d members", (size) => {
  const count = 301;
  const kinds: readonly Sparse[] = [
    compression.topK({ ratio: 0.03 }),
    compression.topK({ ratio: 0.2, values: "float32", warmupUpdates: 3 }),
    compression.deepGradient({ ratio: 0.01, warmupUpdates: 4 }),
    compression.deepGradient({ ratio: 0.1, factorMasking: false }),
  ];
  it.each(kinds)("leave the same bits with every member: %o", async (sparse) => {
    const members = membersOf(sparse, size, count);
    for (let step = 0; step < 6; step++) {
      const inputs = integersOf(size, count, step).map((values) => values.map((x) => x / 3));
      const [first, ...others] = (await members.run(inputs)).map(bitsOf);
      for (const other of others) expect(other).toEqual(first);
    }
    expect(members.updates()).toEqual(Array(size).fill(6));
  });

  it("deliver every gradient sooner or later: topK loses nothing", async () => {
    const members = membersOf(compression.topK({ ratio: 0.05, values: "float32" }), size, count);
    const [given, delivered] = [new Float64Array(count), new Float64Array(count)];
    for (let step = 0; step < 12; step++) {
      const inputs = integersOf(size, count, step);
      const [sum = []] = await members.run(inputs);
      addTo(given, exactSum(inputs));
      addTo(delivered, sum);
    }
    for (const [residual = []] of members.kept()) addTo(delivered, residual);
    expect(delivered).toEqual(given);
  });

  it.each(["float32", "float16"] as const)(
    "also what %s takes away by rounding",
    async (values) => {
      const members = membersOf(compression.topK({ ratio: 0.3, values }), size, count);
      // With 23 significant bits, of which half precision keeps 11, and small factors between them.
      const inputs = integersOf(size, count, 1).map((all) => all.map((x) => (x * 16381) / 2 ** 20));
      const [given, delivered] = [exactSum(inputs), new Float64Array(count)];
      const [sum = []] = await members.run(inputs);
      addTo(delivered, sum);
      for (const [residual = []] of members.kept()) addTo(delivered, residual);
      for (const [i, expected] of given.entries()) expect(delivered[i]).toBeCloseTo(expected, 6);
    },
  );

  it("sum up everything at ratio 1", async () => {
    const topK = membersOf(compression.topK({ ratio: 1, values: "float32" }), size, count);
    const inputs = integersOf(size, count, 3);
    for (const sum of await topK.run(inputs)) {
      expect([...sum]).toEqual([...exactSum(inputs)]);
    }
    for (const [residual = new Float32Array(0)] of topK.kept()) expect(isZero(residual)).toBe(true);
  });

  it.each([
    ["dense", compression.deepGradient({ ...half, ratio: 1, factorMasking: false })],
    [
      "sparse",
      compression.deepGradient({ ...half, ratio: 1, factorMasking: false, values: "float16" }),
    ],
  ] as const)("are momentum's velocity at ratio 1, unmasked: %s", async (_, sparse) => {
    const members = membersOf(sparse, size, count);
    let velocity = new Float64Array(count);
    for (let step = 0; step < 5; step++) {
      // Few bits, so that half precision and halves of it are exact.
      const inputs = integersOf(size, count, step).map((all) => all.map((x) => 32 * (x % 8)));
      const gradient = exactSum(inputs);
      velocity = velocity.map((before, i) => before * 0.5 + (gradient[i] ?? 0));
      for (const sum of await members.run(inputs)) expect([...sum]).toEqual([...velocity]);
    }
  });

  it("give back what they had kept when a run is taken back", async () => {
    for (const sparse of [compression.topK(), compression.deepGradient({ ratio: 0.02 })]) {
      const members = membersOf(sparse, size, count);
      await members.run(integersOf(size, count, 0));
      const [kept, inputs] = [members.kept(), integersOf(size, count, 1)];
      const sums = await members.run(inputs);
      members.takeBack();
      expect(members.kept()).toEqual(kept);
      expect(members.updates()).toEqual(Array(size).fill(1));
      expect(await members.run(inputs)).toEqual(sums);
    }
  });

  it("show all members what is not finite, and keep none of it", async () => {
    for (const sparse of [compression.topK(), compression.deepGradient({ factorMasking: false })]) {
      const members = membersOf(sparse, size, count);
      const inputs = integersOf(size, count, 0);
      const last = inputs.at(-1) ?? new Float32Array();
      // Of one member's values more than are sent.
      last.set([NaN, Infinity, -Infinity, NaN, NaN, Infinity], 50);
      for (const sum of await members.run(inputs)) expect(Number.isFinite(sum[50])).toBe(false);
      for (const arrays of members.kept()) {
        for (const array of arrays) expect(array.every(Number.isFinite)).toBe(true);
      }
      const [next = new Float32Array()] = await members.run(integersOf(size, count, 1));
      expect(next.every(Number.isFinite)).toBe(true);
    }
  });

  it("take empty buckets, single elements and zeros", async () => {
    for (const sparse of [compression.topK(), compression.deepGradient()]) {
      expect((await membersOf(sparse, size, 0).run(Array(size).fill([])))[0]).toHaveLength(0);
      const [single] = await membersOf(sparse, size, 1).run(Array(size).fill([2]));
      expect([...(single ?? [])]).toEqual([2 * size]);
      const [zeros] = await membersOf(sparse, size, 99).run(Array(size).fill(Array(99).fill(0)));
      expect(zeros?.every((value) => value === 0)).toBe(true);
    }
  });
});

describe("topKHook", () => {
  it("sends the largest of what is kept and what is new", async () => {
    const members = membersOf(compression.topK({ ratio: 0.25 }), 2, 8);
    const first = await members.run([
      [1, 2, 3, 4, 0, 0, 0, 0],
      [0, 0, -9, 1, 0, -8, 0, 0],
    ]);
    expect([...(first[0] ?? [])]).toEqual([0, 0, -6, 4, 0, -8, 0, 0]);
    expect(members.kept().map(([residual = []]) => [...residual])).toEqual([
      [1, 2, 0, 0, 0, 0, 0, 0],
      [0, 0, 0, 1, 0, 0, 0, 0],
    ]);
    const second = await members.run([Array(8).fill(0.5), Array(8).fill(0)]);
    expect([...(second[1] ?? [])]).toEqual([1.5, 2.5, 0, 1, 0, 0, 0, 0]);
  });

  it("leaves a group of one its values", async () => {
    const members = membersOf(compression.topK(), 1, 4);
    expect([...((await members.run([[1, NaN, -3, 0.1]]))[0] ?? [])]).toEqual([
      ...[1, NaN, -3, Math.fround(0.1)],
    ]);
  });

  it("keeps what is too large for half precision, and sends it bit by bit", async () => {
    const members = membersOf(compression.topK({ ratio: 0.1 }), 2, 10);
    const none = [Array(10).fill(0), Array(10).fill(0)] as number[][];
    const [large = []] = none;
    const sums: number[] = [];
    for (const inputs of [[large.with(3, 100_000), large], none, none]) {
      sums.push((await members.run(inputs))[1]?.[3] ?? NaN);
    }
    expect(sums).toEqual([65504, 34496, 0]);
  });

  it("reduces all of it while messages would be no smaller, and then what is largest", async () => {
    const warm = compression.topK({ ratio: 0.001, values: "float32", warmupUpdates: 4 });
    const [size, count] = [8, 4000];
    const members = membersOf(warm, size, count);
    const sent: number[] = [];
    for (let step = 0; step < 5; step++) {
      const [sum] = await members.run(integersOf(size, count, 0));
      sent.push(sum?.reduce((nonZero, value) => nonZero + Number(value !== 0), 0) ?? 0);
    }
    const bucket = { count, size, rank: 0, matrices: [] };
    const exchanges = Array.from({ length: 5 }, (_, step) => sparseExchangeOf(warm, bucket, step));
    expect(exchanges.map(({ dense }) => dense)).toEqual([true, false, false, false, false]);
    expect(sent[0]).toBeGreaterThan(3900);
    for (const [step, { k }] of exchanges.entries()) {
      if (step > 0) expect(sent[step]).toBeLessThanOrEqual(size * k);
    }
  });

  it("lets other work of the thread have its turn between large messages", async () => {
    const count = 2 ** 19;
    const members = membersOf(compression.topK({ ratio: 0.25 }), 2, count);
    const values = Float32Array.from({ length: count }, (_, i) => i % 97);
    let turns = 0;
    const turn = (): NodeJS.Immediate => {
      turns++;
      return (next = setImmediate(turn));
    };
    let next = setImmediate(turn);
    const [sum] = await members.run([values, values]);
    clearImmediate(next);
    expect(turns).toBeGreaterThan(0);
    expect(sum?.[96]).toBe(2 * 96);
  });
});

describe("deepGradientHook", () => {
  it("stops the momentum of what it sent, if it is to", async () => {
    const gradients = [
      [8, 1, 0, 0],
      [0, 0, 0, 0],
    ];
    const none = [Array(4).fill(0), Array(4).fill(0)] as number[][];
    const velocities = async (factorMasking: boolean): Promise<number[]> => {
      const sparse = compression.deepGradient({ ...half, ratio: 0.25, factorMasking });
      const members = membersOf(sparse, 2, 4);
      expect([...((await members.run(gradients))[1] ?? [])]).toEqual([8, 0, 0, 0]);
      await members.run(none);
      return [...(members.kept()[0]?.[1] ?? [])];
    };
    expect(await velocities(true)).toEqual([0, 0, 0, 0]);
    expect(await velocities(false)).toEqual([4, 0.5, 0, 0]);
  });

  it("delivers all velocity that was not masked", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 20, maxLength: 20 }), {
          ...{ minLength: 1, maxLength: 8 },
        }),
        async (steps) => {
          const sparse = compression.deepGradient({ ...half, ratio: 0.1, factorMasking: false });
          const members = membersOf(sparse, 2, 20);
          const [given, delivered] = [new Float64Array(20), new Float64Array(20)];
          let velocity = new Float64Array(20);
          for (const gradient of steps) {
            const [sum = []] = await members.run([gradient, gradient]);
            velocity = velocity.map((before, i) => before / 2 + 2 * (gradient[i] ?? 0));
            addTo(given, velocity);
            addTo(delivered, sum);
          }
          for (const [residual = []] of members.kept()) addTo(delivered, residual);
          expect(delivered).toEqual(given);
        },
      ),
    ));
});

describe("a run that fails", () => {
  const failing: Group = {
    allReduce: () => Promise.reject(new Error("link down")),
    allGather: () => Promise.reject(new Error("link down")),
    allToAll: () => Promise.reject(new Error("link down")),
  };
  const bucket = { count: 100, rank: 0, size: 2, matrices: [] };

  it("changes nothing of what is kept", async () => {
    for (const sparse of [compression.topK(), compression.deepGradient()]) {
      const demand = sparseDemand(sparse, bucket);
      const { memory, values } = memoryFor(demand, 100);
      const hook = hookOf(sparse, bucket, memory);
      await expect(hook.run(values.fill(1), failing, new Pace())).rejects.toThrow("link down");
      const kept = new HookState(memory.state, sparseArrays(sparse, bucket));
      expect(kept.updates).toBe(0);
      expect(isZero(kept.current(0))).toBe(true);
    }
  });
});

function bitsOf(values: Float32Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length);
}

function isZero(values: Float32Array): boolean {
  return values.every((value) => value === 0);
}
