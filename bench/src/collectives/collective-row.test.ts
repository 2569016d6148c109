import { describe, expect, it } from "@jest/globals";
import { percentile } from "../percentile.js";
import { cell, operators, reducedCell } from "./cells.js";
import { collectiveRows } from "./collective-row.js";
import { contendersOf, nameOf } from "./contender.js";
import { type Case, runsFor, warmUpsFor } from "./measuring-plan.js";
import { ratioTable } from "./ratio-table.js";

const origin = { host: "a host", date: "2026-01-02", commit: "abc", command: "npm run bench" };
const sum: Case = { bytes: 1_000_000, op: "sum", dtype: "float32" };
const max: Case = { ...sum, op: "max" };

describe("rows of the collectives bench", () => {
  const rows = collectiveRows(
    [
      {
        contender: { impl: "kolo-arena", transport: "shm", np: 4 },
        launches: [[{ ...sum, durationsUs: [100, 90] }], [{ ...sum, durationsUs: [300, 110] }]],
      },
      {
        contender: { impl: "gloo", transport: "tcp", np: 4 },
        launches: [
          [
            { ...max, durationsUs: [1] },
            { ...sum, durationsUs: [450] },
          ],
          [{ ...sum, durationsUs: [330] }],
        ],
      },
      { contender: { impl: "gloo", transport: "tcp", np: 2 }, launches: [] },
    ],
    [sum, max],
    origin,
  );

  it("have percentiles over all rounds, algbw, and busbw as nccl-tests defines it", () => {
    expect(rows).toMatchObject([
      {
        ...{ impl: "kolo-arena", transport: "shm", np: 4, ...sum },
        ...{ p50Us: 100, p95Us: 300, algbwMBs: 10_000, busbwMBs: 15_000, runs: 4 },
        ...{ rounds: [90, 110], ...origin },
      },
      { impl: "gloo", op: "sum", p50Us: 330, rounds: [450, 330] },
      { impl: "gloo", op: "max", p50Us: 1 },
    ]);
  });

  it("compare ours with the peer at the same np, size, operator and type, round by round", () => {
    expect(ratioTable(rows)).toMatchObject([
      { name: "kolo-arena shm", ratios: { gloo: "3.30 (3.00–5.00)" } },
    ]);
  });
});

describe("percentiles", () => {
  it.each([
    [[5], 0.5, 5],
    [[4, 1, 3, 2], 0.5, 2],
    [[4, 1, 3, 2], 0.95, 4],
    [Array.from({ length: 100 }, (_, i) => i + 1), 0.95, 95],
    [[], 0.5, NaN],
  ])("of %j at %d is %d", (values, p, expected) => {
    expect(percentile(values, p)).toBe(expected);
  });
});

describe("contenders", () => {
  it("are ours over each transport, each peer and the limit, wherever there are ranks to talk", () => {
    const all = contendersOf({
      sizes: [1, 2],
      transports: ["shm", "tcp"],
      peers: ["gloo", "openmpi-shm"],
    });
    expect(all.map(nameOf)).toEqual([
      ...["kolo-arena shm", "kolo shm", "kolo-arena tcp", "kolo tcp"],
      ...["gloo", "openmpi-shm", "memory-limit"],
    ]);
    expect(all.every(({ np }) => np === 2)).toBe(true);
  });
});

describe("what ranks put in", () => {
  it.each(operators)("gives what the formula of %s says, exactly in float32", (op) => {
    const naive = {
      sum: (a: number, b: number) => a + b,
      product: (a: number, b: number) => a * b,
      min: (a: number, b: number) => Math.min(a, b),
      max: (a: number, b: number) => Math.max(a, b),
    }[op];
    for (const size of [1, 2, 3, 8]) {
      for (const index of [0, 1, 2, 1020, 1021, 5000]) {
        const cells = Array.from({ length: size }, (_, rank) => cell(op, index, rank));
        const expected = cells.reduce(naive);
        expect(reducedCell(op, index, size)).toBe(expected);
        expect(Math.fround(expected)).toBe(expected);
      }
    }
  });
});

describe("how often to measure", () => {
  it("fills the time, within bounds", () => {
    const plan = { cases: [], seconds: 2, minRuns: 5, maxRuns: 100 };
    expect([1, 50, 1000].map((onceMs) => runsFor(plan, onceMs))).toEqual([100, 40, 5]);
  });

  it("warms small buffers up more often", () => {
    expect([4096, 2 ** 20, 2 ** 26].map(warmUpsFor)).toEqual([100, 16, 3]);
  });
});
