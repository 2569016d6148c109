import { beforeAll, describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectSame } from "../testing/expect-same.js";
import { runOnCpu, runOnWasm, startBackends, type Values } from "../testing/run-kernel-on.js";
import { anyType, integers, seeds, sizeOf, withSpecials } from "../testing/values.js";

beforeAll(startBackends);

/** Two shapes that broadcast to one, along any axes of either, with any number of axes left out. */
const pairs = fc
  .array(
    fc.record({
      size: fc.constantFrom(0, 1, 2, 3, 5, 17),
      shared: fc.constantFrom("none", "a", "b"),
    }),
    { maxLength: 5 },
  )
  .filter((axes) => sizeOf(axes.map(({ size }) => size)) < 5000)
  .chain((axes) =>
    fc.record({
      axes: fc.constant(axes),
      missing: fc.nat(axes.length),
      isFirstShort: fc.boolean(),
      seed: seeds,
    }),
  )
  .map(({ axes, missing, isFirstShort, seed }) => {
    const shapeOf = (name: string) => axes.map(({ size, shared }) => (shared === name ? 1 : size));
    const a = shapeOf("a").slice(isFirstShort ? missing : 0);
    const b = shapeOf("b").slice(isFirstShort ? 0 : missing);
    return { a, b, seed };
  });

/** Where cpu and wasm agree: tfjs refuses or rounds divisions by zero in different ways. */
function positive(values: Values): Values {
  return { ...values, values: values.values.map((value) => Math.abs(value) + 1) };
}

const comparisons = ["Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual"];
const sums = ["Add", "Sub", "Multiply", "SquaredDifference", "Maximum", "Minimum"];
const divisions = [
  ["RealDiv", "float32"],
  ["FloorDiv", "int32"],
  ["Mod", "float32"],
  ["Mod", "int32"],
  ["Pow", "float32"],
  ["Pow", "int32"],
] as const;

describe.each([...comparisons, ...sums])("%s", (kernel) => {
  it("equals cpu's however its operands are broadcast", () => {
    fc.assert(
      fc.property(pairs, fc.constantFrom("float32", "int32"), ({ a, b, seed }, dtype) => {
        expectSame(kernel, { a: integers(a, seed, dtype), b: integers(b, seed + 1, dtype) });
      }),
    );
  });
});

describe.each(divisions)("%s of %s", (kernel, dtype) => {
  it("equals cpu's however its operands are broadcast", () => {
    fc.assert(
      fc.property(pairs, ({ a, b, seed }) => {
        const [x, y] = [integers(a, seed, dtype), integers(b, seed + 1, dtype)];
        expectSame(kernel, { a: positive(x), b: positive(y) });
      }),
    );
  });
});

describe.each([...comparisons, "Maximum", "Minimum"])("%s", (kernel) => {
  it("takes NaN and infinities as cpu does", () => {
    fc.assert(
      fc.property(pairs, ({ a, b, seed }) => {
        expectSame(kernel, { a: withSpecials(a, seed), b: withSpecials(b, seed + 1) });
      }),
    );
  });
});

describe.each(["Equal", "NotEqual", "LogicalAnd", "LogicalOr"])("%s of booleans", (kernel) => {
  it("equals cpu's however its operands are broadcast", () => {
    fc.assert(
      fc.property(pairs, ({ a, b, seed }) => {
        expectSame(kernel, { a: anyType(a, seed, "bool"), b: anyType(b, seed + 1, "bool") });
      }),
    );
  });
});

it("finds booleans that are not the same, which is LogicalXor, and cpu lacks", () => {
  fc.assert(
    fc.property(pairs, ({ a, b, seed }) => {
      const inputs = { a: anyType(a, seed, "bool"), b: anyType(b, seed + 1, "bool") };
      expect(runOnWasm("LogicalXor", inputs)).toEqual(runOnCpu("NotEqual", inputs));
    }),
  );
});

it("finds common bits however its operands are broadcast", () => {
  fc.assert(
    fc.property(pairs, ({ a, b, seed }) => {
      expectSame("BitwiseAnd", {
        a: integers(a, seed, "int32"),
        b: integers(b, seed + 1, "int32"),
      });
    }),
  );
});

describe("Prelu", () => {
  it("equals cpu's however its operands are broadcast, with NaN and infinities", () => {
    fc.assert(
      fc.property(pairs, ({ a, b, seed }) => {
        expectSame("Prelu", { x: withSpecials(a, seed), alpha: withSpecials(b, seed + 1) });
      }),
    );
  });
});
