import { describe, expect, it } from "@jest/globals";
import { compression, describeCompression, isCompression } from "./index.js";

describe("compression", () => {
  it("fills in defaults", () => {
    expect(compression.topK()).toEqual({
      ...{ kind: "topK", ratio: 0.01, values: "float16", warmupUpdates: 0 },
    });
    expect(compression.deepGradient({ clipNorm: 6 })).toEqual({
      ...{ kind: "deepGradient", ratio: 0.001, values: "float16", warmupUpdates: 0 },
      ...{ momentum: 0.9, factorMasking: true, clipNorm: 6 },
    });
    expect(compression.int8()).toEqual({ kind: "int8", errorFeedback: true });
    expect(compression.fp16()).toEqual({ kind: "fp16", errorFeedback: false });
    expect(compression.powerSGD()).toEqual({ kind: "powerSGD", rank: 2, startUpdates: 10 });
  });

  it.each([
    [() => compression.topK({ ratio: 0 }), /ratio of compression.topK\(\).*above 0.*got 0/],
    [() => compression.topK({ values: "int8" as "float16" }), /values of .*"float32" or "float16"/],
    [() => compression.deepGradient({ momentum: 1 }), /momentum.*below 1, got 1/],
    [() => compression.deepGradient({ clipNorm: -1 }), /clipNorm.*positive/],
    [
      () => compression.int8({ errorFeedbak: true } as object),
      /options.*errorFeedback.*errorFeedbak/,
    ],
    [() => compression.powerSGD({ rank: 0 }), /rank.*1 to 64, got 0/],
  ])("refuses what is none: %s", (make, message) => {
    expect(make).toThrow(message);
    expect(make).toThrow(expect.objectContaining({ code: "argument_invalid" }));
  });

  it("says what it is in words, and knows its own", () => {
    expect(describeCompression(compression.topK())).toBe("topK 1 % fp16");
    expect(describeCompression(compression.deepGradient({ values: "float32" }))).toBe(
      "deepGradient 0.1 % fp32",
    );
    expect(isCompression(compression.none)).toBe(true);
    expect(isCompression(compression.fp16)).toBe(false);
  });
});
