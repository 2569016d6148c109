import { describe, expect, it } from "@jest/globals";
import { type RankStatistics } from "@kolo/rendezvous";
import { bytesText, summaryText } from "./summary.js";

const rank = (changes: Partial<RankStatistics> = {}): RankStatistics => ({
  steps: 100,
  skippedSteps: 0,
  microBatches: 100,
  sampledBatches: 100,
  samples: 6400,
  computeMs: 1000,
  packMs: 50,
  waitMs: 300,
  unpackMs: 50,
  bytesSent: 1_230_000_000,
  bytesUncompressed: 1_230_000_000,
  planHash: "a1b2c3d4",
  ...changes,
});

describe("summaryText", () => {
  it("says how fast it was, where the time went, what was sent", () => {
    const slow = rank({ computeMs: 1200, waitMs: 100 });
    expect(summaryText([rank(), slow])).toBe(
      [
        "tsrun: 100 steps on 2 ranks in 1.4 s",
        "  samples/s    9143 in all, 4571 a rank",
        "  a step       14.00 ms = compute 11.00 (79 %) + pack 0.50 (4 %) + wait 2.00 (14 %) + unpack 0.50 (4 %)",
        "  bytes sent   1.23 GB a rank, 12.3 MB a step",
        "  plan         a1b2c3d4",
      ].join("\n"),
    );
  });

  it("does without what is not there", () => {
    const text = summaryText([
      rank({ steps: 1, microBatches: 1, sampledBatches: 1, planHash: "" }),
    ]);
    expect(text).toMatch(/^tsrun: 1 step on 1 rank in /);
    expect(text).not.toMatch(/plan/);
  });

  it("says steps/s where the samples of some steps are not known", () => {
    const text = summaryText([rank(), rank({ sampledBatches: 60 })]);
    expect(text).toContain("\n  steps/s      71.4\n");
    expect(text).not.toContain("samples");
  });

  it("knows the samples where several batches make a step", () => {
    const text = summaryText([rank({ steps: 25 })]);
    expect(text).toMatch(/^tsrun: 25 steps .*\n {2}samples\/s/);
  });

  it("says how many steps were skipped", () => {
    const text = summaryText([rank({ skippedSteps: 3 }), rank({ skippedSteps: 3 })]);
    expect(text).toContain("\n  skipped      3 steps, with gradients that were not finite\n");
    expect(summaryText([rank({ skippedSteps: 1 })])).toContain("\n  skipped      1 step, with");
  });

  it("counts ranks that said nothing", () => {
    expect(summaryText([rank(), undefined])).toMatch(/^tsrun: 100 steps on 2 ranks in 1\.4 s\n/);
  });

  it("shows a range where ranks sent different amounts", () => {
    expect(summaryText([rank(), rank({ bytesSent: 1e6 })])).toContain("1.00 MB to 1.23 GB a rank");
  });

  it("is nothing where there was no step", () => {
    expect(summaryText([])).toBe(undefined);
    expect(summaryText([rank({ steps: 0 }), undefined])).toBe(undefined);
  });
});

describe("bytesText", () => {
  it("keeps three digits", () => {
    expect([0, 999, 1000, 999_499, 999_500, 1.5e16].map(bytesText)).toEqual([
      "0 B",
      "999 B",
      "1.00 kB",
      "999 kB",
      "1.00 MB",
      "15.0 PB",
    ]);
  });
});
