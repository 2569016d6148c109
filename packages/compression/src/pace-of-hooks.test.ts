import { describe, expect, it } from "@jest/globals";
import { Pace } from "@kolo/core";
import { compression, type Compressing } from "./compression.js";
import { createHook, demandOf } from "./create-hook.js";
import { type Bucket } from "./hook.js";
import { areSame, createMembers } from "./testing/members.js";

/** Passes over the bucket that each makes at least, by itself. */
const kinds: readonly (readonly [Compressing, number])[] = [
  [compression.fp16(), 4],
  [compression.int8({ errorFeedback: true }), 8],
  [compression.bf16({ errorFeedback: true }), 8],
  [compression.topK(), 3],
  [compression.topK({ ratio: 0.5, values: "float32" }), 6],
  [compression.deepGradient({ warmupUpdates: 8 }), 5],
  [compression.powerSGD({ rank: 4, startUpdates: 0 }), 10],
  // Dense, at first: what is kept is copied.
  [compression.powerSGD(), 1],
];

const matrices = [
  { offset: 10, rows: 700, columns: 500 },
  // Each of its rows is several tiles.
  { offset: 400_000, rows: 40, columns: 5000 },
];
const count = 600_000;

/** A hook on two members, and how often each has let the event loop turn. */
function membersAt(how: Compressing, workInOneGo: number) {
  let turns = 0;
  const members = createMembers({
    ...{ size: 2, count, matrices },
    arraysOf: () => [],
    demandOf: (bucket: Bucket) => demandOf(how, bucket),
    hookOf: (bucket, memory) => createHook(how, bucket, memory),
    paceOf: () =>
      new Pace(() => {
        turns++;
        return Promise.resolve();
      }, workInOneGo),
  });
  return { members, turns: () => turns / 2 };
}

const inputs = [0, 1].map((member) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * i + member) * (i % 1000)),
);

describe("the pace of hooks", () => {
  it.each(kinds)(
    "lets others have their turn after each part of a bucket: %o",
    async (how, passes) => {
      // Parts have up to 2^19 of it: with so little in one go, there is a turn after each of them.
      const largestPart = 2 ** 19;
      const { members, turns } = membersAt(how, 2 ** 16);
      await members.run(inputs);
      expect(turns()).toBeGreaterThanOrEqual((passes * count) / largestPart);
      expect(turns()).toBeGreaterThanOrEqual(passes);
    },
  );

  it.each(kinds)("does not change what comes out: %o", async (how) => {
    const [slow, fast] = [membersAt(how, 1), membersAt(how, 2 ** 40)];
    for (let run = 0; run < 2; run++) {
      const results = [await slow.members.run(inputs), await fast.members.run(inputs)].flat();
      expect(areSame(results)).toBe(true);
    }
    expect(slow.turns()).toBeGreaterThan(0);
    expect(fast.turns()).toBe(0);
  });
});
