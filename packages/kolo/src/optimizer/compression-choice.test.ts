import { describe, expect, it } from "@jest/globals";
import { compression } from "@kolo/compression";
import { compressionChoice } from "./compression-choice.js";

const argumentInvalid = expect.objectContaining({ code: "argument_invalid" });

describe("compressionChoice", () => {
  it("leaves lists of numbers as they are where it is made for matrices", () => {
    const topK = compression.topK();
    const choice = compressionChoice(topK, "Adam");
    expect(choice.of("dense/kernel", [3, 4]).how).toEqual(topK);
    expect(choice.of("dense/bias", [4]).how).toBe(undefined);
    const narrow = compressionChoice(compression.fp16(), "Adam");
    expect(narrow.of("dense/bias", [4]).how).toEqual(compression.fp16());
  });

  it("takes what a function says, for each by itself", () => {
    const choice = compressionChoice(
      (name, shape) =>
        name.endsWith("bias") || shape.length < 2 ? compression.none : compression.int8(),
      "SGD",
    );
    expect(choice.of("kernel", [2, 2]).how).toEqual(compression.int8());
    expect(choice.of("bias", [2]).how).toBe(undefined);
    expect(choice.mayActAlone).toBe(true);
  });

  it("gives deepGradient's momentum to what travels as it is, too", () => {
    const choice = compressionChoice(compression.deepGradient({ clipNorm: 2 }), "SGD");
    expect(choice.of("bias", [4])).toEqual({ how: undefined, momentum: 0.9, clipNorm: 2 });
  });

  it("refuses momentum twice", () => {
    expect(() => compressionChoice(compression.deepGradient(), "Momentum")).toThrow(
      /expected tf.train.sgd .* got Momentum/,
    );
    expect(() => compressionChoice(compression.deepGradient(), "Adam")).toThrow(argumentInvalid);
    compressionChoice(compression.deepGradient({ momentum: 0 }), "Adam");
    const byName = compressionChoice(() => compression.deepGradient(), "Adam");
    expect(() => byName.of("a", [1])).toThrow(argumentInvalid);
  });

  it("refuses what is no compression, and says how to make one", () => {
    expect(() => compressionChoice("topK" as never, "SGD")).toThrow(/got topK/);
    expect(() => compressionChoice(compression.topK as never, "SGD")).toThrow(
      /got a function; call it, as in kolo.compression.topK\(\)/,
    );
    const none = compressionChoice(() => undefined as never, "SGD");
    expect(() => none.of("kernel", [1])).toThrow(/one for "kernel" of kolo.compression.*undefined/);
  });
});
