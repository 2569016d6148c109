import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { epochRandom } from "./permutation.js";
import { globalBatch, positionsOfRank, type Remainder, stepCount } from "./plan-shard.js";
import { rowsOfRank } from "./rows-of-rank.js";
import { shuffleStream } from "./shuffle-stream.js";

async function* count(examples: number, onEnd?: () => void) {
  try {
    for (let i = 0; i < examples; i++) yield await Promise.resolve(i);
  } finally {
    onEnd?.();
  }
}
async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of source) all.push(item);
  return all;
}

describe("rowsOfRank", () => {
  it("cuts a stream of unknown length as the plan does a known one", () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(60),
        fc.constantFrom<Remainder>("drop", "keep"),
        async (size, batchSize, examples, remainder) => {
          const batches = { size, batchSize, remainder };
          const steps = stepCount(batches, examples);
          for (let rank = 0; rank < size; rank++) {
            const disposed: number[] = [];
            const rows = collect(
              rowsOfRank(count(examples), { ...batches, rank }, (i) => disposed.push(i)),
            );
            if (steps === 0) {
              await expect(rows).rejects.toThrow(/argument_invalid.*got \d+/);
              continue;
            }
            const planned = Array.from({ length: steps }, (_, step) => [
              ...positionsOfRank(globalBatch(batches, examples, step), rank, size),
            ]);
            expect(await rows).toEqual(planned);
            // What is not handed out is disposed, once.
            expect([...disposed, ...planned.flat()].sort((a, b) => a - b)).toEqual(
              Array.from({ length: examples }, (_, i) => i),
            );
          }
        },
      ),
    ));

  it("disposes what it holds and closes the stream where it is left early", async () => {
    for (const stepsTaken of [1, 2]) {
      let closed = false;
      const disposed: number[] = [];
      const taken: number[][] = [];
      const stream = count(11, () => (closed = true));
      const batches = { rank: 0, size: 2, batchSize: 2, remainder: "keep" } as const;
      for await (const rows of rowsOfRank(stream, batches, (i) => disposed.push(i))) {
        if (taken.push(rows) === stepsTaken) break;
      }
      expect(closed).toBe(true);
      const known = [...disposed, ...taken.flat()].sort((a, b) => a - b);
      expect(known).toEqual(Array.from({ length: known.length }, (_, i) => i));
    }
  });
});

describe("shuffleStream", () => {
  const shuffle = (examples: number, bufferSize: number, epoch: number) =>
    collect(shuffleStream(count(examples), bufferSize, epochRandom(1, epoch), () => undefined));

  it("yields every example once, in an order fixed by the random numbers", () =>
    fc.assert(
      fc.asyncProperty(
        fc.nat(40),
        fc.integer({ min: 1, max: 50 }),
        async (examples, bufferSize) => {
          const order = await shuffle(examples, bufferSize, 0);
          expect(order).toEqual(await shuffle(examples, bufferSize, 0));
          expect([...order].sort((a, b) => a - b)).toEqual(
            Array.from({ length: examples }, (_, i) => i),
          );
        },
      ),
    ));

  it("moves no example further forward than its buffer is long", async () => {
    const order = await shuffle(200, 10, 0);
    order.forEach((example, place) => {
      expect(example - place).toBeLessThan(10);
    });
    expect(order).not.toEqual(await shuffle(200, 10, 1));
  });

  it("passes an error of the source on, and disposes its buffer", async () => {
    const disposed: number[] = [];
    async function* failing() {
      yield* count(5);
      throw new Error("disk is gone");
    }
    const stream = shuffleStream(failing(), 3, epochRandom(1, 0), (i) => disposed.push(i));
    await expect(collect(stream)).rejects.toThrow("disk is gone");
    expect(disposed).toHaveLength(3);
  });
});
