import { describe, expect, it } from "@jest/globals";
import { describeCompression } from "@kolo/compression";
import { codecChoices, compressionOf, ratioOf, warmupUpdatesOf } from "./codecs.js";

describe("what is compared", () => {
  it("has a name of its own each", () => {
    const names = codecChoices.map((name) => describeCompression(compressionOf(name, 400)));
    expect(new Set(names).size).toBe(codecChoices.length);
    expect(names).toContain("topK 0.1 % fp16");
  });

  it.each([
    ["none", 0, 1],
    ["int8", 0, 1],
    ["topK-0.01-fp32", 0, 0.01],
    ["deepGradient-0.001", 400, 0.001],
    ["powerSGD", 10, undefined],
  ] as const)(
    "%s warms up over %d updates and sends %p of the elements",
    (name, updates, ratio) => {
      const compression = compressionOf(name, 400);
      expect(warmupUpdatesOf(compression)).toBe(updates);
      expect(ratioOf(compression)).toBe(ratio);
    },
  );
});
