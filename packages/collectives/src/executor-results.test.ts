/** The sums are right in every order in which segments can arrive. */
import { describe, expect, it } from "@jest/globals";
import { type DType, reduceOps } from "@kolo/core";
import * as fc from "fast-check";
import { type Operation } from "./operation.js";
import {
  allReduce,
  barrier,
  cell,
  cells,
  createWorld,
  type Elements,
} from "./testing/fake-world.js";

/** Which of its bit patterns a NaN has is no promise: JavaScript itself makes none. */
const bits = (elements: Elements): string => {
  const known = elements.map((element: number) => (Number.isNaN(element) ? NaN : element));
  return Buffer.from(known.buffer).toString("hex");
};

describe("what an executor computes", () => {
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
});
