import { describe, expect, it } from "@jest/globals";
import { compression, type PowerSGD } from "../compression.js";
import { type Matrix } from "../hook.js";
import { areSame, createMembers, exactSum, type Members } from "../testing/members.js";
import { powerSGDHook } from "./power-sgd-hook.js";
import { powerSGDArrays, powerSGDDemand } from "./power-sgd-layout.js";

const [rows, columns] = [37, 23];
/** Some numbers, a matrix, some more, a matrix that is not worth it, and a second one. */
const matrices: readonly Matrix[] = [
  { offset: 5, rows, columns },
  { offset: 900, rows: 2, columns: 30 },
  { offset: 1000, rows: 16, columns: 20 },
];
const count = 1400;
const isFactored = (i: number): boolean => (i >= 5 && i < 5 + rows * columns) || isSecond(i);
const isSecond = (i: number): boolean => i >= 1000 && i < 1320;

function membersOf(powerSGD: PowerSGD, size: number): Members {
  return createMembers({
    ...{ size, count, matrices },
    arraysOf: (bucket) => powerSGDArrays(powerSGD, bucket),
    demandOf: (bucket) => powerSGDDemand(powerSGD, bucket),
    hookOf: (bucket, memory) => powerSGDHook(powerSGD, bucket, memory),
  });
}

const atOnce = (rank: number): PowerSGD => compression.powerSGD({ rank, startUpdates: 0 });

/** Of any rank; no other member, element or step has the same. */
function gradients(size: number, step = 0): Float32Array[] {
  return Array.from({ length: size }, (_, member) =>
    Float32Array.from({ length: count }, (_, i) => Math.sin(i * i + member * 3 + step + 1)),
  );
}

/** Matrices that are sums of `rank` products of vectors, the same vectors on all members. */
function lowRank(size: number, rank: number): Float32Array[] {
  return Array.from({ length: size }, (_, member) =>
    Float32Array.from({ length: count }, (_, i) => {
      const matrix = matrices.find(
        (one) => i >= one.offset && i < one.offset + one.rows * one.columns,
      );
      if (matrix === undefined) return i + member;
      const [row, column] = [
        Math.floor((i - matrix.offset) / matrix.columns),
        (i - matrix.offset) % matrix.columns,
      ];
      let sum = 0;
      for (let k = 0; k < rank; k++) {
        sum += Math.sin(row * (k + 1) + 1) * Math.cos(column * (2 * k + 1)) * (member + k + 1);
      }
      return sum;
    }),
  );
}

const residualSum = (members: Members): Float64Array =>
  exactSum(members.kept().map(([kept = []]) => kept));

function difference(values: ArrayLike<number>, others: ArrayLike<number>): number {
  return Array.from(values, (value, i) => Math.abs(value - (others[i] ?? NaN))).reduce(
    (most, value) => (value <= most ? most : value),
    0,
  );
}

describe.each([2, 3, 4, 5])("powerSGD among %i members", (size) => {
  it.each([1, 2, 3])("leaves the same on all, rank %i", async (rank) => {
    const members = membersOf(atOnce(rank), size);
    for (const step of [0, 1, 2]) {
      const results = await members.run(gradients(size, step));
      expect(areSame(results)).toBe(true);
      expect(results[0]?.every(Number.isFinite)).toBe(true);
    }
    // What they start the next run from is the same, too.
    expect(areSame(members.kept().flatMap(([, warm]) => warm ?? []))).toBe(true);
  });

  it("sums what is in no such matrix as it is", async () => {
    const inputs = gradients(size);
    const [result = new Float32Array()] = await membersOf(atOnce(2), size).run(inputs);
    const exact = exactSum(inputs);
    const rest = [...exact.keys()].filter((i) => !isFactored(i));
    expect(rest).toHaveLength(count - rows * columns - 320);
    const error = difference(
      rest.map((i) => result[i] ?? NaN),
      rest.map((i) => exact[i] ?? NaN),
    );
    expect(error).toBeLessThan(1e-6 * size);
  });

  it.each([
    [1, 1],
    [2, 1],
    [2, 2],
    [3, 3],
  ])("with rank %i finds matrices of rank %i at once", async (rank, rankOfMatrices) => {
    const inputs = lowRank(size, rankOfMatrices);
    const exact = exactSum(inputs);
    const largest = difference(exact, new Float32Array(count));
    const members = membersOf(atOnce(rank), size);
    for (let run = 0; run < 3; run++) {
      const [result = []] = await members.run(inputs);
      expect(difference(result, exact) / largest).toBeLessThan(1e-5);
      // Of what every member has, nothing is left on any of them, however much they differ.
      for (const [residual = []] of members.kept()) {
        expect(difference(residual, new Float32Array(count)) / largest).toBeLessThan(1e-5);
      }
    }
  });

  it("keeps what it does not deliver, so that all arrives in the end", async () => {
    const members = membersOf(atOnce(2), size);
    const delivered = new Float64Array(count);
    const given = new Float64Array(count);
    for (let step = 0; step < 30; step++) {
      const inputs = gradients(size, step);
      for (const [i, sum] of exactSum(inputs).entries()) given[i] = (given[i] ?? 0) + sum;
      const [result = []] = await members.run(inputs);
      for (const [i, value] of result.entries()) delivered[i] = (delivered[i] ?? 0) + value;
      const kept = residualSum(members);
      expect(
        difference(
          delivered.map((value, i) => value + (kept[i] ?? NaN)),
          given,
        ),
      ).toBeLessThan(1e-5 * size * (step + 1));
    }
  });

  it("comes to the dense sum where gradients stay the same", async () => {
    const members = membersOf(atOnce(4), size);
    const inputs = gradients(size);
    const exact = exactSum(inputs);
    const largest = difference(exact, new Float32Array(count));
    const delivered = new Float64Array(count);
    const errors: number[] = [];
    for (let run = 1; run <= 200; run++) {
      const [result = []] = await members.run(inputs);
      for (const [i, value] of result.entries()) delivered[i] = (delivered[i] ?? 0) + value;
      const mean = delivered.map((value) => value / run);
      errors.push(difference(mean, exact) / largest);
    }
    expect(errors[0]).toBeGreaterThan(0.3);
    expect(errors[199]).toBeLessThan(0.06);
  });

  it("looks where it found most the last time, and so comes nearer", async () => {
    const members = membersOf(atOnce(2), size);
    // Two directions that count, and many that do not.
    const noise = gradients(size);
    const inputs = lowRank(size, 2).map((values, member) =>
      values.map((value, i) => value + 0.5 * (noise[member]?.[i] ?? NaN)),
    );
    const exact = exactSum(inputs);
    const errors: number[] = [];
    for (let run = 0; run < 4; run++) {
      // Less what is kept: the same sum is taken apart in each run.
      const kept = members.kept();
      const [result = []] = await members.run(
        inputs.map((values, member) =>
          values.map((value, i) => value - (kept[member]?.[0]?.[i] ?? NaN)),
        ),
      );
      errors.push(Math.hypot(...exact.map((sum, i) => sum - (result[i] ?? NaN))));
    }
    const [first = NaN, , , fourth = NaN] = errors;
    expect(fourth).toBeLessThan(0.7 * first);
  });

  it("is a dense sum for the first runs", async () => {
    const members = membersOf(compression.powerSGD({ startUpdates: 2 }), size);
    const exact = exactSum(gradients(size));
    for (const isDense of [true, true, false]) {
      const [result = []] = await members.run(gradients(size));
      const error = difference(result, exact);
      if (isDense) expect(error).toBeLessThan(1e-6 * size);
      else expect(error).toBeGreaterThan(0.1);
    }
  });

  it("takes a run back, to the bit", async () => {
    const members = membersOf(atOnce(2), size);
    await members.run(gradients(size, 1));
    const before = members.kept();
    const once = await members.run(gradients(size, 2));
    members.takeBack();
    expect(members.kept()).toEqual(before);
    expect(members.updates()).toEqual(new Array(size).fill(1));
    expect(await members.run(gradients(size, 2))).toEqual(once);
  });

  it.each([NaN, Infinity, -Infinity, 3e38])(
    "tells all of %p in a matrix, and keeps what it had of it",
    async (value) => {
      const members = membersOf(atOnce(2), size);
      await members.run(gradients(size, 1));
      const before = members.kept();
      const [first = new Float32Array(), ...others] = gradients(size, 2);
      first[100] = value;
      const results = await members.run([first, ...others]);
      expect(areSame(results)).toBe(true);
      for (const result of results) {
        expect([...result.keys()].filter((i) => !Number.isFinite(result[i]))).toEqual(
          Array.from({ length: rows * columns }, (_, i) => 5 + i),
        );
      }
      for (const [member, [residual, warm]] of members.kept().entries()) {
        const [residualBefore, warmBefore] = before[member] ?? [];
        const end = 5 + rows * columns;
        expect(residual?.subarray(5, end)).toEqual(residualBefore?.subarray(5, end));
        expect(warm?.subarray(0, 2 * columns)).toEqual(warmBefore?.subarray(0, 2 * columns));
        // The other matrix goes on.
        expect(residual?.subarray(1000, 1320)).not.toEqual(residualBefore?.subarray(1000, 1320));
      }
      const next = await members.run(gradients(size, 3));
      for (const result of next) expect(result.every(Number.isFinite)).toBe(true);
    },
  );

  it("tells all of a NaN beside the matrices", async () => {
    const members = membersOf(atOnce(2), size);
    const [first = new Float32Array(), ...others] = gradients(size);
    first[0] = NaN;
    for (const result of await members.run([first, ...others])) {
      expect([...result.keys()].filter((i) => Number.isNaN(result[i]))).toEqual([0]);
    }
    for (const kept of members.kept().flat()) expect(kept.every(Number.isFinite)).toBe(true);
  });

  it("makes zeros of zeros, and of what cancels out, and finds directions after them", async () => {
    const members = membersOf(atOnce(2), size);
    const zeros = Array.from({ length: size }, () => new Float32Array(count));
    for (const result of await members.run(zeros)) {
      expect(result.every((value) => value === 0)).toBe(true);
    }
    const [one = new Float32Array()] = gradients(1);
    const cancelling = zeros.map((none, member) => {
      if (member > 1) return none;
      return member === 0 ? one : one.map((value) => -value);
    });
    for (const result of await members.run(cancelling)) {
      expect(difference(result, new Float32Array(count))).toBeLessThan(1e-5);
    }
    const inputs = lowRank(size, 1);
    const [result = []] = await members.run(inputs);
    expect(difference(result, exactSum(inputs))).toBeLessThan(1e-4 * size);
  });
});

it("leaves a group of one its values, and keeps nothing", async () => {
  const members = membersOf(atOnce(2), 1);
  const inputs = gradients(1);
  expect(await members.run(inputs)).toEqual(inputs);
  expect(members.kept()).toEqual([[]]);
});

it("is a dense sum where no matrix is worth it", async () => {
  const members = membersOf(atOnce(64), 2);
  const inputs = gradients(2);
  const [result = []] = await members.run(inputs);
  expect(difference(result, exactSum(inputs))).toBeLessThan(1e-6);
  expect(members.kept()).toEqual([[], []]);
});
