import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Operation } from "@kolo/collectives";
import { type DType, type ReduceOp } from "@kolo/core";
import * as fc from "fast-check";
import { setImmediate } from "node:timers/promises";
import { createRingWorld, type Elements, type World } from "../support/ring-world.js";
import { createSharedWorld } from "../support/shared-world.js";

/** A value no other (rank, element) has: a swapped chunk cannot sum to the right answer. */
const cell = (rank: number, i: number, size: number): number => i * size + rank;

const filled = (dtype: DType, length: number, value: (i: number) => number): Elements => {
  const from = { length };
  return dtype === "int32"
    ? Int32Array.from(from, (_, i) => value(i))
    : Float32Array.from(from, (_, i) => value(i));
};

/** Over links, both; memory that ranks share has its own. */
const algorithms = ["ring", "doubling"] as const;
type Algorithm = (typeof algorithms)[number];

const allReduce = (
  dtype: DType,
  count: number,
  op: ReduceOp,
  algorithm: Algorithm,
): Extract<Operation, { kind: "allReduce" }> => ({
  kind: "allReduce",
  name: "matrix",
  dtype,
  shape: [count],
  op,
  prescale: 1,
  postscale: 1,
  algorithm,
});

const bits = (elements: Elements): string =>
  Buffer.from(elements.buffer, elements.byteOffset, elements.byteLength).toString("hex");

const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 16];
const segmentBytes = 4096;

const links = { "memory links": "memory", "grpc links": "grpc", "tcp links": "tcp" } as const;
/** Links of several connections each. */
const striped = { "striped grpc links": "grpc", "striped tcp links": "tcp" } as const;
/** Between hosts, whose ranks share memory. */
const between = { "hosts with grpc links": "grpc", "hosts with tcp links": "tcp" } as const;
const ringKinds = [
  ...(["memory links", "grpc links", "tcp links", "shared memory"] as const),
  ...(["striped grpc links", "striped tcp links"] as const),
] as const;
const kinds = [...ringKinds, "hosts with grpc links", "hosts with tcp links"] as const;

/** Ranks of each host: unequal where that is possible, and 2+2 for four. */
function hostsOf(size: number): number[] {
  const first = Math.ceil(size / 2);
  const second = Math.ceil((size - first) / 2);
  const counts = size === 4 ? [2, 2] : [first, second, size - first - second];
  return counts.filter((count) => count > 0);
}

function createWorld(kind: (typeof kinds)[number], size: number): Promise<World> {
  if (kind === "shared memory") {
    return createSharedWorld({ counts: [size], links: "memory", segmentBytes });
  }
  if (kind in between) {
    const links = between[kind as keyof typeof between];
    return createSharedWorld({ counts: hostsOf(size), links, segmentBytes });
  }
  if (kind in striped) {
    return createRingWorld(striped[kind as keyof typeof striped], size, segmentBytes, 3);
  }
  return createRingWorld(links[kind as keyof typeof links], size, segmentBytes);
}

describe.each(kinds)("over %s", (kind) => {
  describe.each(kind in striped ? [2, 5] : sizes)("a world of %i", (size) => {
    let world: World;
    beforeAll(async () => {
      world = await createWorld(kind, size);
    });
    afterAll(() => world.close());

    const lengths = [...new Set([0, 1, size - 1, size, size + 1, 10_000])];
    const ranks = Array.from({ length: size }, (_, rank) => rank);

    it.each(lengths)("leaves the same exact sum of %i elements on every rank", async (n) => {
      for (const dtype of ["float32", "int32"] as const) {
        const inputs = ranks.map((rank) => filled(dtype, n, (i) => cell(rank, i, size)));
        const expected = filled(dtype, n, (i) =>
          ranks.reduce((sum, rank) => sum + cell(rank, i, size), 0),
        );
        for (const algorithm of algorithms) {
          const operation = allReduce(dtype, n, "sum", algorithm);
          for (const result of await world.run(operation, inputs)) expect(result).toEqual(expected);
        }
      }
    });

    it("reduces by min, max, product and average as one process would", async () => {
      const n = 3 * size + 1;
      const value = (rank: number, i: number): number => ((rank * 7 + i * 3) % 5) - 1;
      for (const dtype of ["float32", "int32"] as const) {
        const inputs = ranks.map((rank) => filled(dtype, n, (i) => value(rank, i)));
        const column = (i: number): number[] => ranks.map((rank) => value(rank, i));
        const sum = (i: number): number => column(i).reduce((a, b) => a + b, 0);
        const truth: Record<Exclude<ReduceOp, "sum">, (i: number) => number> = {
          min: (i) => Math.min(...column(i)),
          max: (i) => Math.max(...column(i)),
          product: (i) => column(i).reduce((a, b) => a * b, 1),
          average: (i) => (dtype === "int32" ? Math.trunc(sum(i) / size) : sum(i) / size),
        };
        for (const op of ["min", "max", "product", "average"] as const) {
          for (const algorithm of algorithms) {
            for (const result of await world.run(allReduce(dtype, n, op, algorithm), inputs)) {
              // + 0: min of 0 and -0 is -0, which toEqual tells from 0.
              expect(result.map((x) => x + 0)).toEqual(filled(dtype, n, (i) => truth[op](i) + 0));
            }
          }
        }
      }
    });

    // Several hosts sum host by host, unless by doubling: in another order.
    const alike = kind in between ? algorithms.map((one) => [one]) : [algorithms];
    it("gives all ranks, and every run by any algorithm, the same bits of any floats", async () => {
      const anyFloats = fc.array(fc.float(), { minLength: 0, maxLength: 2500 });
      await fc.assert(
        fc.asyncProperty(
          anyFloats,
          fc.constantFrom("sum", "average", "min", "max", "product"),
          async (values, op) => {
            const inputs = ranks.map((rank) =>
              filled("float32", values.length, (i) => values[(i + rank * 31) % values.length] ?? 0),
            );
            for (const group of alike) {
              const seen = new Set<string>();
              for (const algorithm of [...group, ...group]) {
                const operation = allReduce("float32", values.length, op, algorithm);
                for (const result of await world.run(operation, inputs)) seen.add(bits(result));
              }
              expect(seen.size).toBe(1);
            }
          },
        ),
        { numRuns: kind === "memory links" ? 20 : 5 },
      );
    });

    it("broadcasts from any root", async () => {
      for (const root of new Set([0, size - 1, size >> 1])) {
        const inputs = ranks.map((rank) => filled("float32", 1500, (i) => cell(rank, i, size)));
        const results = await world.run(
          { kind: "broadcast", name: "matrix", dtype: "float32", shape: [1500], root },
          inputs,
        );
        for (const result of results) expect(result).toEqual(inputs[root]);
      }
    });

    it("gathers ragged parts in the order of ranks", async () => {
      const counts = ranks.map((rank) => (rank * 5) % 7);
      const inputs = ranks.map((rank) =>
        filled("int32", counts[rank] ?? 0, (i) => cell(rank, i, 16)),
      );
      const expected = Int32Array.from(inputs.flatMap((input) => [...input]));
      for (const algorithm of algorithms) {
        const operation = { kind: "allGather", name: "matrix", dtype: "int32" } as const;
        const results = await world.run({ ...operation, counts, rowShape: [], algorithm }, inputs);
        for (const result of results) expect(result).toEqual(expected);
      }
    });

    it("scatters the reduction in parts of any size", async () => {
      const counts = ranks.map((rank) => (rank * 5) % 7);
      const total = counts.reduce((a, b) => a + b, 0);
      const inputs = ranks.map((rank) => filled("float32", total, (i) => cell(rank, i, size)));
      const results = await world.run(
        {
          kind: "reduceScatter",
          name: "matrix",
          dtype: "float32",
          counts,
          rowShape: [],
          op: "sum",
          prescale: 1,
          postscale: 2,
        },
        inputs,
      );
      let offset = 0;
      for (const rank of ranks) {
        const count = counts[rank] ?? 0;
        const start = offset;
        expect(results[rank]).toEqual(
          filled("float32", count, (i) =>
            ranks.reduce((sum, other) => sum + 2 * cell(other, start + i, size), 0),
          ),
        );
        offset += count;
      }
    });

    it("exchanges parts of any size between all pairs", async () => {
      const splits = ranks.map((from) => ranks.map((to) => (from * 3 + to) % 4));
      const part = (from: number, to: number): number[] =>
        Array.from({ length: splits[from]?.[to] ?? 0 }, (_, i) => from * 1000 + to * 10 + i);
      const inputs = ranks.map((from) => Int32Array.from(ranks.flatMap((to) => part(from, to))));
      const results = await world.run(
        { kind: "allToAll", name: "matrix", dtype: "int32", splits, rowShape: [] },
        inputs,
      );
      for (const to of ranks) {
        expect(results[to]).toEqual(Int32Array.from(ranks.flatMap((from) => part(from, to))));
      }
    });

    it("lets nobody past a barrier before all are there", async () => {
      let arrived = 0;
      const arrivedWhenLeft: number[] = [];
      await world.run({ kind: "barrier", name: "matrix" }, [], {
        // One after the other, the last one long after the others.
        arrive: async (rank) => {
          const turns = rank === size - 1 ? 10_000 : rank;
          for (let turn = 0; turn < turns; turn++) await setImmediate();
          arrived++;
        },
        leave: () => arrivedWhenLeft.push(arrived),
      });
      expect(arrivedWhenLeft).toEqual(ranks.map(() => size));
    });
  });
});

describe("the ring, recursive doubling and shared memory", () => {
  it.each([2, 3, 4, 7])("give %i ranks the same bits of any floats", async (size) => {
    const worlds = await Promise.all(ringKinds.map((kind) => createWorld(kind, size)));
    const ops = fc.constantFrom<ReduceOp[]>("sum", "average", "min", "max", "product");
    const scales = fc.constantFrom(1, 0.1, 3);
    // Without NaN, whose payload is nobody's.
    const floats = fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { maxLength: 3000 });
    try {
      await fc.assert(
        fc.asyncProperty(floats, ops, scales, scales, async (values, op, prescale, postscale) => {
          const inputs = Array.from({ length: size }, (_, rank) =>
            filled("float32", values.length, (i) => values[(i + rank * 31) % values.length] ?? 0),
          );
          const seen = new Set<string>();
          for (const algorithm of algorithms) {
            const unscaled = allReduce("float32", values.length, op, algorithm);
            const operation = { ...unscaled, prescale, postscale };
            const results = await Promise.all(worlds.map((world) => world.run(operation, inputs)));
            for (const result of results.flat()) seen.add(bits(result));
          }
          expect(seen.size).toBe(1);
        }),
        { numRuns: 20 },
      );
    } finally {
      await Promise.all(worlds.map((world) => world.close()));
    }
  });
});

describe("operations that are followed by others", () => {
  it.each([
    [[2, 2], "grpc"],
    [[3, 1], "tcp"],
    [[1, 1, 2], "tcp"],
  ] as const)("sum on hosts of %j ranks, over %s, what each sums alone", async (counts, links) => {
    const world = await createSharedWorld({ counts, links, segmentBytes });
    const ranks = Array.from(
      { length: counts.reduce<number>((a, b) => a + b, 0) },
      (_, rank) => rank,
    );
    const anyBuckets = fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(anyBuckets, fc.infiniteStream(fc.boolean()), async (lengths, coins) => {
        const buckets = lengths.map((length, i) => ({
          operation: {
            ...allReduce("float32", length, "average", "ring"),
            name: `bucket ${i}`,
            // As coins fall, but for the last.
            followed: i + 1 < lengths.length && coins.next().value === true,
          },
          inputs: ranks.map((rank) =>
            filled("float32", length, (at) => Math.sin(at * 7 + rank + i)),
          ),
        }));
        const alone: string[] = [];
        for (const { operation, inputs } of buckets) {
          const results = await world.run({ ...operation, followed: false }, inputs);
          expect(new Set(results.map(bits)).size).toBe(1);
          alone.push(bits(results[0] ?? filled("float32", 0, () => 0)));
        }
        const together = buckets.map(({ operation, inputs }) => world.run(operation, inputs));
        for (const [i, results] of (await Promise.all(together)).entries()) {
          expect(results.map(bits)).toEqual(results.map(() => alone[i]));
        }
      }),
      { numRuns: 30 },
    );
    await world.close();
  });
});
