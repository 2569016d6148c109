import { beforeAll, describe, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectSame } from "../testing/expect-same.js";
import { startBackends, type Values } from "../testing/run-kernel-on.js";
import { integers, seeds } from "../testing/values.js";

beforeAll(startBackends);

const shapes = fc.array(fc.constantFrom(0, 1, 2, 3, 5), { maxLength: 4 });
const dtypes = fc.constantFrom<Values["dtype"]>("float32", "int32", "bool");

describe("Tile", () => {
  it("equals cpu's for any repetitions and types", () => {
    const given = shapes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        reps: fc.tuple(...shape.map(() => fc.integer({ min: 1, max: 4 }))),
        dtype: dtypes,
        seed: seeds,
      }),
    );
    fc.assert(
      fc.property(given, ({ shape, reps, dtype, seed }) => {
        expectSame("Tile", { x: values(shape, seed, dtype) }, { reps });
      }),
    );
  });
});

describe("Identity", () => {
  it("equals cpu's", () => {
    fc.assert(
      fc.property(shapes, dtypes, seeds, (shape, dtype, seed) => {
        expectSame("Identity", { x: values(shape, seed, dtype) });
      }),
    );
  });
});

describe("Transpose", () => {
  it("equals cpu's for any order of axes, of empty tensors as well", () => {
    const given = shapes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        perm: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
        dtype: fc.constantFrom<Values["dtype"]>("float32", "int32"),
        seed: seeds,
      }),
    );
    fc.assert(
      fc.property(given, ({ shape, perm, dtype, seed }) => {
        expectSame("Transpose", { x: values(shape, seed, dtype) }, { perm });
      }),
    );
  });
});

function values(shape: readonly number[], seed: number, dtype: Values["dtype"]): Values {
  const { values: some } = integers(shape, seed);
  return { shape, dtype, values: dtype === "bool" ? some.map((value) => Number(value > 0)) : some };
}
