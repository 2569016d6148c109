import { describe, expect, it } from "@jest/globals";
import { ranksByHost, type ReduceOp } from "@kolo/core";
import { plainKernels } from "@kolo/kernels";
import { createMemoryNetwork } from "@kolo/transport";
import * as fc from "fast-check";
import { Executor } from "../executor.js";
import { type AllReduce, type Operation } from "../operation.js";
import { kernelOpOf } from "../plan/plan.js";
import { algorithmFor } from "../plan/choose-algorithm.js";
import { planOperation } from "../plan/plan-operation.js";
import { prepareBuffer } from "../prepare-buffer.js";
import { planShared, type SharedPlan } from "../shared/shared-plan.js";
import { type PlanLinks, planOnHosts, railOf } from "./plan-on-hosts.js";

const segmentElements = 8;
const planLinks: PlanLinks = (operation, place) =>
  planOperation(operation, place, {
    segmentElements,
    algorithm: algorithmFor(operation, place.size),
  });

/** Of each rank, where the hosts have so many. */
const hostsOf = (counts: readonly number[]): number[] =>
  counts.flatMap((count, host) => Array<number>(count).fill(host));

const allReduce = (count: number, rest: Partial<AllReduce> = {}): AllReduce => ({
  ...{ kind: "allReduce", name: "x", dtype: "float32", shape: [count] },
  // Not what is quicker for so few.
  ...{ op: "sum", prescale: 1, postscale: 1, algorithm: "ring", ...rest },
});

interface Ran {
  readonly results: (Float32Array | Int32Array)[];
  readonly plans: SharedPlan[];
  /** Elements each rank put on the wire. */
  readonly sent: number[];
}

/** Runs all ranks' plans in one place: the rails over links of memory, folds and copies by hand. */
async function simulate(
  operation: AllReduce,
  hosts: readonly number[],
  inputs: readonly (readonly number[])[],
): Promise<Ran> {
  const members = ranksByHost(hosts);
  const transports = createMemoryNetwork(hosts.length);
  const buffersAt = segmentElements * 4;
  const ranks = transports.map((transport, rank) => {
    const input = inputs[rank] ?? [];
    const memory = new ArrayBuffer(2 * buffersAt + 4 * input.length);
    const spareAt = memory.byteLength - 8;
    const kernels = plainKernels(memory);
    const elements = (byteOffset: number, count: number): Float32Array | Int32Array =>
      operation.dtype === "int32"
        ? new Int32Array(memory, byteOffset, count)
        : new Float32Array(memory, byteOffset, count);
    const spare = elements(spareAt, 2);
    const buffer = elements(buffersAt, input.length);
    buffer.set(input);
    const plan = planOnHosts(operation, { rank, hosts }, planLinks);
    const bytes = new Uint8Array(memory);
    prepareBuffer(plan, { kernels, bytes, byteOffset: buffersAt, size: hosts.length });
    const executor = new Executor({
      ...{ world: { rank, size: hosts.length }, generation: 1, transport, memory, kernels },
      ...{ scratchByteOffset: 0, scratchBytes: buffersAt },
      onFailure: () => undefined,
    });
    /** Of the element at `offset` with another, which comes first. */
    const reduce = (offset: number, other: number): number => {
      spare.set([other, buffer[offset] ?? 0]);
      kernels.reduce(kernelOpOf(plan), operation.dtype, spareAt, spareAt, spareAt + 4, 1);
      return spare[0] ?? 0;
    };
    return { rank, plan, buffer, executor, reduce };
  });
  const onHost = (rank: number): typeof ranks =>
    (members[hosts[rank] ?? 0] ?? []).flatMap((peer) => ranks[peer] ?? []);

  const foldedOf = ranks.map(({ buffer }) => new Uint8Array(buffer.length));
  for (const { rank, plan } of ranks) {
    const locals = onHost(rank);
    for (const { range, into } of plan.folds) {
      for (let offset = range.offset; offset < range.offset + range.count; offset++) {
        // One element at a time, and never twice.
        let value = locals[0]?.buffer[offset] ?? 0;
        for (const { reduce } of locals.slice(1)) value = reduce(offset, value);
        for (const owner of into) locals[owner]?.buffer.fill(value, offset, offset + 1);
        const folded = foldedOf[locals[0]?.rank ?? 0];
        if (folded !== undefined) folded[offset] = (folded[offset] ?? 0) + 1;
      }
    }
  }
  for (const [first = 0, ...others] of members) {
    if (others.length > 0) expect(foldedOf[first]?.every((times) => times === 1)).toBe(true);
  }
  await Promise.all(
    ranks.map(async ({ plan, executor }) => {
      if (plan.across?.plan !== undefined) {
        await executor.run(0, operation, plan.across.plan, buffersAt);
      }
    }),
  );
  const finished = ranks.map(({ buffer }) => buffer.slice());
  for (const { rank, plan, buffer } of ranks) {
    for (const { peer, from, to, count } of plan.copies) {
      const owner = onHost(rank)[peer]?.rank ?? 0;
      buffer.set(finished[owner]?.subarray(from, from + count) ?? [], to);
    }
  }
  return {
    results: ranks.map(({ buffer }) => buffer),
    plans: ranks.map(({ plan }) => plan),
    sent: ranks.map(({ executor }) => executor.bytesSent / 4),
  };
}

const bits = (elements: Float32Array | Int32Array): string =>
  Buffer.from(elements.buffer, elements.byteOffset, elements.byteLength).toString("hex");

const worlds = [
  [2, 2],
  [3, 1],
  [1, 3],
  [4, 2, 1],
  [2, 2, 2],
  [5, 3],
  [1, 1, 2],
];

describe.each(worlds.map((counts) => [counts.join("+"), hostsOf(counts), counts] as const))(
  "an all-reduce among hosts of %s ranks",
  (_title, hosts, counts) => {
    const size = hosts.length;
    const rails = Math.min(...counts);
    const lengths = [...new Set([0, 1, rails - 1, rails + 1, size - 1, size, size + 1, 500])];

    it.each(lengths)("leaves the same exact sum of %i elements on every rank", async (n) => {
      for (const dtype of ["float32", "int32"] as const) {
        // A value no other (rank, element) has: a swapped slice cannot sum to the right answer.
        const inputs = hosts.map((_, rank) => Array.from({ length: n }, (_, i) => i * size + rank));
        const expected = Array.from({ length: n }, (_, i) =>
          inputs.reduce((sum, input) => sum + (input[i] ?? 0), 0),
        );
        const { results } = await simulate(allReduce(n, { dtype }), hosts, inputs);
        for (const result of results) expect([...result]).toEqual(expected);
      }
    });

    it("gives all ranks and every run the same bits, near the true result", async () => {
      const floats = fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { maxLength: 90 });
      const ops = fc.constantFrom<ReduceOp[]>("sum", "average");
      await fc.assert(
        fc.asyncProperty(floats, ops, fc.constantFrom(1, 0.5, 3), async (values, op, factor) => {
          const inputs = hosts.map((_, rank) =>
            values.map((_, i) => values[(i + rank * 31) % values.length] ?? 0),
          );
          const operation = allReduce(values.length, { op, prescale: factor, postscale: 2 });
          const { results } = await simulate(operation, hosts, inputs);
          const again = await simulate(operation, hosts, inputs);
          expect(new Set([...results, ...again.results].map(bits)).size).toBe(1);
          const scale = (2 * factor) / (op === "average" ? size : 1);
          values.forEach((_, i) => {
            const sum = inputs.reduce((all, input) => all + (input[i] ?? 0) * scale, 0);
            expect(Math.abs((results[0]?.[i] ?? NaN) - sum)).toBeLessThan(0.01 * scale + 1e-6);
          });
        }),
        { numRuns: 15 },
      );
    });

    it("sends 2n(H - 1)/H elements a host, over as many links as every host has", async () => {
      const n = 420;
      const inputs = hosts.map(() => Array<number>(n).fill(1));
      const { sent, plans } = await simulate(allReduce(n), hosts, inputs);
      for (const ranks of ranksByHost(hosts)) {
        const ofHost = ranks.map((rank) => sent[rank] ?? 0);
        const total = ofHost.reduce((sum, count) => sum + count, 0);
        expect(Math.abs(total - (2 * n * (counts.length - 1)) / counts.length)).toBeLessThan(
          2 * rails,
        );
        expect(ofHost.filter((count) => count > 0)).toHaveLength(rails);
      }
      expect(new Set(plans.map(({ hash }) => hash)).size).toBe(1);
    });
  },
);

describe("planOnHosts", () => {
  it("has another plan for other hosts", () => {
    const hashOf = (counts: number[]): number =>
      planOnHosts(allReduce(100), { rank: 0, hosts: hostsOf(counts) }, planLinks).hash;
    const hashes = [[4], [2, 2], [3, 1], [1, 3], [2, 1, 1]].map(hashOf);
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("sums right in whatever order ranks were placed on hosts", async () => {
    const hosts = [1, 0, 0, 2, 1, 0, 2];
    const inputs = hosts.map((_, rank) => Array.from({ length: 29 }, (_, i) => i * 8 + rank));
    const { results } = await simulate(allReduce(29), hosts, inputs);
    const expected = Array.from({ length: 29 }, (_, i) => i * 8 * 7 + 21);
    for (const result of results) expect([...result]).toEqual(expected);
  });

  it("is that of shared memory on one host", () => {
    const hosts = [0, 0, 0];
    expect(planOnHosts(allReduce(10), { rank: 1, hosts }, planLinks)).toEqual(
      planShared(allReduce(10), { rank: 1, size: 3 }),
    );
  });

  it("takes recursive doubling among all ranks where an all-reduce is small", () => {
    const small = { kind: "allReduce", name: "x", dtype: "float32", op: "sum" } as const;
    const hosts = [0, 0, 1, 1];
    const planOf = (count: number): SharedPlan => {
      const operation: Operation = { ...small, shape: [count], prescale: 1, postscale: 1 };
      return planOnHosts(operation, { rank: 3, hosts }, planLinks);
    };
    expect(planOf(8 * 1024)).toMatchObject({
      algorithm: "doubling-all-reduce",
      across: { amidst: false },
      folds: [],
    });
    expect(planOf(8 * 1024 + 1).algorithm).toBe("hierarchical-all-reduce");
  });

  it("takes the ring of all ranks for a reduce-scatter", () => {
    const operation: Operation = {
      ...{ kind: "reduceScatter", name: "x", dtype: "float32", counts: [1, 2, 3], rowShape: [] },
      ...{ op: "average", prescale: 2, postscale: 3 },
    };
    const ring = planLinks(operation, { rank: 2, size: 3 });
    const plan = planOnHosts(operation, { rank: 2, hosts: [0, 0, 1] }, planLinks);
    // The factors stand where they are applied, and only there.
    const { hash, layout } = ring;
    expect(plan).toMatchObject({ hash, layout, prescale: 1, postscale: 1, divisor: 1, local: [] });
    expect(plan).toMatchObject({ across: { plan: ring, amidst: false }, folds: [], copies: [] });
  });

  it("links ranks of the same place on their hosts, wherever they were placed", () => {
    const rails = (hosts: number[]) => hosts.map((_, rank) => railOf({ rank, hosts }));
    expect(rails([0, 1, 0, 1])).toEqual(
      [
        [0, 1],
        [0, 1],
        [2, 3],
        [2, 3],
      ].map((rail) => rail),
    );
    expect(rails([0, 0, 0, 1])).toEqual([[0, 3], [], [], [0, 3]]);
    expect(rails([0, 0])).toEqual([[], []]);
  });
});
