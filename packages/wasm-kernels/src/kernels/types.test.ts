/** Kernels that tfjs' wasm backend has for float32, and gets wrong for integers or booleans. */
import { beforeAll, describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectSame } from "../testing/expect-same.js";
import { runOnWasm, startBackends, type Values } from "../testing/run-kernel-on.js";
import { integers, seeds } from "../testing/values.js";

beforeAll(startBackends);

const shapes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 });

function booleans(shape: readonly number[], seed: number): Values {
  const values = integers(shape, seed).values.map((value) => Number(value > 0));
  return { shape, dtype: "bool", values };
}

/** Halves, so that some are between 0 and 1. */
function halves(shape: readonly number[], seed: number): Values {
  return {
    shape,
    dtype: "float32",
    values: integers(shape, seed).values.map((value) => value / 2),
  };
}

describe("Cast", () => {
  it("makes everything but zero true, and equals cpu's for other types", () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        for (const x of [
          halves(shape, seed),
          integers(shape, seed, "int32"),
          booleans(shape, seed),
        ]) {
          for (const dtype of ["float32", "int32", "bool"]) expectSame("Cast", { x }, { dtype });
        }
      }),
    );
  });
});

describe("Select", () => {
  it("equals cpu's for each type, and where the types differ", () => {
    fc.assert(
      fc.property(shapes, seeds, (shape, seed) => {
        const condition = booleans(shape, seed);
        const some = [
          halves(shape, seed + 1),
          integers(shape, seed + 2, "int32"),
          booleans(shape, seed + 3),
        ];
        for (const t of some) for (const e of some) expectSame("Select", { condition, t, e });
      }),
    );
  });
});

describe("integers and booleans", () => {
  const given = fc.record({ shape: shapes, seed: seeds });

  it("are neither NaN nor infinite", () => {
    fc.assert(
      fc.property(given, ({ shape, seed }) => {
        const x = integers(shape, seed, "int32");
        for (const kernel of ["IsNan", "IsInf", "IsFinite"]) expectSame(kernel, { x });
      }),
    );
  });

  it("have the logarithms of floats, which cpu rounds to integers", () => {
    fc.assert(
      fc.property(given, ({ shape, seed }) => {
        const { values } = integers(shape, seed);
        const x = { shape, dtype: "float32" as const, values: values.map(Math.abs) };
        const expected = runOnWasm("Log1p", { x });
        expect(runOnWasm("Log1p", { x: { ...x, dtype: "int32" } })).toEqual(expected);
      }),
    );
  });
});
