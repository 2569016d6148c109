import { describe, expect, it } from "@jest/globals";
import { contendersOf } from "./contender.js";
import { median } from "./measurement.js";
import { type Measured, ratioText, trainingRows } from "./training-row.js";

const origin = { host: "a host", date: "2026-01-02", commit: "abc", command: "npm run bench" };

/** One launch a rate: 10 steps of 64 images on each rank. */
function measured(impl: "kolo" | "torch", np: number, rates: readonly number[]): Measured {
  const backend = impl === "kolo" ? "wasm" : "native";
  const launches = rates.map((rate) => ({
    steps: 10,
    batchSize: 64,
    repeatMs: [(1000 * np * 640) / rate],
  }));
  return { contender: { impl, backend, kernels: "stock", np }, launches };
}

describe("rows of the training bench", () => {
  it("have the median over rounds, efficiency against one rank, and the ratio to torch", () => {
    const rows = trainingRows(
      [
        measured("kolo", 1, [1000, 900, 2000]),
        measured("kolo", 2, [1800, 1500, 1900]),
        measured("torch", 2, [2000]),
        measured("torch", 1, [1250]),
      ],
      origin,
    );
    const near = (value: number): unknown => expect.closeTo(value, 6);
    expect(rows).toMatchObject([
      { impl: "kolo", np: 1, samplesPerSecond: near(1000), efficiency: 1, ratioToTorch: near(0.8) },
      { impl: "kolo", np: 2, samplesPerSecond: near(1800), efficiency: near(0.9) },
      { impl: "torch", np: 2, efficiency: near(0.8), ratioToTorch: 1 },
      { impl: "torch", np: 1, efficiency: 1, msPerStep: near(51.2), ...origin },
    ]);
  });

  it("say how a ratio was in each round in which both ran", () => {
    const [ours, theirs] = trainingRows(
      [measured("kolo", 1, [100, 110, 120]), measured("torch", 1, [100, 100])],
      origin,
    );
    if (ours === undefined || theirs === undefined) throw new Error("no rows");
    expect(ratioText(ours, theirs)).toBe("1.10 (by round 1.00 1.10)");
    expect(ratioText(ours, ours, 0.5)).toBe("0.50 (by round 0.50 0.50 0.50)");
  });
});

describe("contenders", () => {
  it("are every implementation at every size and at one rank, and the baseline at one only", () => {
    const all = contendersOf({
      backends: ["wasm", "cpu"],
      kernels: ["training", "filter-gradient-only"],
      sizes: [2],
      torch: true,
    });
    expect(all.map(({ impl, backend, np }) => `${impl} ${backend} ${np}`)).toEqual([
      "kolo wasm 1",
      "kolo wasm 2",
      "kolo cpu 1",
      "kolo cpu 2",
      "torch native 1",
      "torch native 2",
      "tfjs wasm 1",
    ]);
  });
});

describe("the median", () => {
  it.each([
    [[3], 3],
    [[4, 1, 9], 4],
    [[4, 1, 9, 6], 5],
  ])("of %j is %d", (values, expected) => {
    expect(median(values)).toBe(expected);
  });
});
