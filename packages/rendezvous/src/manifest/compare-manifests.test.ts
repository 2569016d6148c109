import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type ManifestEntry } from "../messages.js";
import { compareManifests } from "./compare-manifests.js";
import { ManifestRounds } from "./manifest-rounds.js";

const kernel: ManifestEntry = { name: "dense_1/kernel", shape: [4, 2], dtype: "float32" };
const bias: ManifestEntry = { name: "dense_1/bias", shape: [2], dtype: "float32" };
const models = (...all: ManifestEntry[][]) => all.map((entries, rank) => ({ rank, entries }));

describe("compareManifests", () => {
  it("finds no difference in equal models", () => {
    expect(compareManifests(models([kernel, bias], [kernel, bias]))).toBeUndefined();
    expect(compareManifests(models([], []))).toBeUndefined();
  });

  it("names the parameter, its place, both sides and their ranks", () => {
    const other = { ...bias, shape: [3] };
    const error = compareManifests(models([kernel, bias], [kernel, other], [kernel, bias]));
    expect(error).toMatchObject({
      code: "manifest_mismatch",
      message:
        "[manifest_mismatch] expected the same parameters on every rank, but parameter 1 is " +
        '"dense_1/bias" float32[2] on ranks 0 and 2 and "dense_1/bias" float32[3] on rank 1. ' +
        "Every rank must build the same model",
    });
  });

  it("names the numbers and the first parameter that some ranks lack", () => {
    expect(compareManifests(models([kernel, bias], [kernel]))?.message).toContain(
      'their number differs: 2 on rank 0 and 1 on rank 1; parameter 1 is "dense_1/bias" float32[2] ' +
        "on rank 0 and missing on rank 1",
    );
  });

  it("sees a different dtype and a different name", () => {
    const int = { ...bias, dtype: "int32" as const };
    expect(compareManifests(models([bias], [int]))?.message).toContain("int32[2] on rank 1");
    const named = { ...bias, name: "conv_1/bias" };
    expect(compareManifests(models([bias], [named]))?.message).toContain('"conv_1/bias"');
  });

  it("finds any single change at its place", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(), fc.nat(), (count, place, who) => {
        const index = place % count;
        const model = Array.from({ length: count }, (_, i) => ({ ...bias, shape: [i] }));
        const changed = model.map((entry, i) => (i === index ? { ...entry, shape: [99] } : entry));
        const all = Array.from({ length: 3 }, (_, rank) => (rank === who % 3 ? changed : model));
        expect(compareManifests(models(...all))?.message).toContain(`parameter ${index} is`);
      }),
    );
  });
});

describe("ManifestRounds", () => {
  it("answers when all have proposed, and each round by itself", () => {
    const rounds = new ManifestRounds(2);
    expect(rounds.propose(0, 0, [bias])).toBeUndefined();
    expect(rounds.propose(0, 1, [kernel])).toBeUndefined();
    expect(rounds.propose(1, 0, [bias])).toEqual({ sequence: 0, ranks: [0, 1], error: undefined });
    expect(rounds.propose(1, 1, [kernel])).toMatchObject({ sequence: 1, error: undefined });
  });

  it("answers as soon as two differ, and tells those who come later too", () => {
    const rounds = new ManifestRounds(3);
    rounds.propose(0, 0, [bias]);
    const code = "manifest_mismatch";
    expect(rounds.propose(1, 0, [kernel])).toMatchObject({ ranks: [0, 1], error: { code } });
    expect(rounds.propose(2, 0, [bias])).toMatchObject({ ranks: [2], error: { code } });
  });

  it("refuses a proposal out of turn", () => {
    const rounds = new ManifestRounds(2);
    expect(() => rounds.propose(0, 1, [])).toThrow("expected manifest 0 of rank 0, got 1");
    expect(() => rounds.propose(7, 0, [])).toThrow("message_invalid");
  });
});
