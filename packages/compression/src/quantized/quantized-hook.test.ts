import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { compression, type Quantized } from "../compression.js";
import { areSame, createMembers, exactSum, type Members } from "../testing/members.js";
import { codecs } from "./codecs.js";
import { quantizedArrays, quantizedBytes, quantizedDemand } from "./quantized-demand.js";
import { quantizedHook } from "./quantized-hook.js";

const kinds = ["fp16", "bf16", "int8"] as const;
const sizes = [2, 3, 4, 5];
const cases = kinds.flatMap((kind) => sizes.map((size) => [kind, size] as const));

function membersOf(quantized: Quantized, size: number, count: number): Members {
  return createMembers({
    ...{ size, count },
    arraysOf: (bucket) => quantizedArrays(quantized, bucket),
    demandOf: (bucket) => quantizedDemand(quantized, bucket),
    hookOf: (bucket, memory) => quantizedHook(quantized, bucket, memory),
  });
}

const feedingBack = (kind: Quantized["kind"]): Quantized =>
  compression[kind]({ errorFeedback: true });

/** A value no other member, element or step has, as gradients are: most of them small. */
function gradients(size: number, count: number, step = 0): Float32Array[] {
  return Array.from({ length: size }, (_, rank) =>
    Float32Array.from({ length: count }, (_, i) => Math.sin(i * 7 + rank * 3 + step + 1) ** 3),
  );
}

/** Of a value below 1: what one encoding takes at most. */
const relativeError = { fp16: 2 ** -11, bf16: 2 ** -8, int8: 1 / 250 };

describe.each(cases)("%s among %i members", (kind, size) => {
  it.each([0, 1, size - 1, size, size + 1, 1001, 1024])(
    "leaves nearly the sum of %i elements, the same on all",
    async (count) => {
      const inputs = gradients(size, count);
      const results = await membersOf(compression[kind](), size, count).run(inputs);
      // Each member's rounding, then that of the sum.
      const bound = 2 * size * relativeError[kind];
      for (const [i, sum] of exactSum(inputs).entries()) {
        expect(Math.abs((results[0]?.[i] ?? NaN) - sum)).toBeLessThanOrEqual(bound);
      }
      expect(areSame(results)).toBe(true);
    },
  );

  it("keeps what it does not deliver, so that all arrives in the end", async () => {
    const count = 700;
    const members = membersOf(feedingBack(kind), size, count);
    const delivered = new Float64Array(count);
    const given = new Float64Array(count);
    for (let step = 0; step < 30; step++) {
      const inputs = gradients(size, count, step);
      for (const [i, sum] of exactSum(inputs).entries()) given[i] = (given[i] ?? 0) + sum;
      const [result = []] = await members.run(inputs);
      for (const [i, value] of result.entries()) delivered[i] = (delivered[i] ?? 0) + value;
    }
    const residual = exactSum(members.kept().map(([kept = []]) => kept));
    for (const [i, sum] of given.entries()) {
      expect((delivered[i] ?? NaN) + (residual[i] ?? NaN)).toBeCloseTo(sum, 4);
      expect(Math.abs(residual[i] ?? NaN)).toBeLessThan(3 * size * relativeError[kind]);
    }
    expect(members.updates()).toEqual(new Array(size).fill(30));
  });

  it("takes a run back, to the bit", async () => {
    const members = membersOf(feedingBack(kind), size, 300);
    await members.run(gradients(size, 300, 1));
    const before = members.kept();
    const once = await members.run(gradients(size, 300, 2));
    members.takeBack();
    expect(members.kept()).toEqual(before);
    expect(await members.run(gradients(size, 300, 2))).toEqual(once);
  });

  it.each([NaN, Infinity, -Infinity])("tells all of %p, and keeps none of it", async (value) => {
    const count = 600;
    const members = membersOf(feedingBack(kind), size, count);
    const [first = new Float32Array(), ...others] = gradients(size, count);
    first[count - 1] = value;
    const results = await members.run([first, ...others]);
    for (const result of results) expect(Number.isFinite(result[count - 1])).toBe(false);
    expect(areSame(results)).toBe(true);
    for (const kept of members.kept().flat()) expect(kept.every(Number.isFinite)).toBe(true);
    const next = await members.run(gradients(size, count));
    for (const result of next) expect(result.every(Number.isFinite)).toBe(true);
  });
});

it("leaves a group of one its values, and keeps nothing", async () => {
  const inputs = [Float32Array.of(1 / 3, NaN, 1e30)];
  for (const kind of kinds) {
    const members = membersOf(feedingBack(kind), 1, 3);
    expect(await members.run(inputs)).toEqual(inputs);
    expect(members.kept()).toEqual([[]]);
    expect(members.updates()).toEqual([1]);
    const bucket = { count: 3, matrices: [], rank: 0, size: 1 };
    expect(quantizedDemand(feedingBack(kind), bucket).exchange).toBe(0);
    expect(quantizedBytes(feedingBack(kind), bucket)).toBe(0);
  }
});

it("sends less than a dense ring, by what a value takes", () => {
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.integer({ min: 2, max: 9 }), (kind, size) => {
      const bucket = { count: 1_000_000, matrices: [], rank: 0, size };
      const dense = (2 * 4 * bucket.count * (size - 1)) / size;
      const ratio = quantizedBytes(compression[kind](), bucket) / dense;
      expect(ratio).toBeCloseTo(codecs[kind].words(bucket.count) / bucket.count, 3);
    }),
  );
});

it("adds in float32, so that small values among large ones count", async () => {
  // In halves 2048 + 1 is 2048, however often one is added.
  const results = await membersOf(compression.fp16(), 5, 1).run([[2048], [1], [1], [1], [1]]);
  expect(results.map((result) => result[0])).toEqual([2052, 2052, 2052, 2052, 2052]);
});
