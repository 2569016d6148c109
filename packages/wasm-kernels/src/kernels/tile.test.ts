import { beforeAll, describe, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectSame } from "../testing/expect-same.js";
import { startBackends } from "../testing/run-kernel-on.js";
import { anyType, dtypes, seeds, shapes } from "../testing/values.js";

beforeAll(startBackends);

describe("Tile", () => {
  it("equals cpu's for any repetitions and types", () => {
    const given = shapes
      .filter(({ length }) => length < 5)
      .chain((shape) =>
        fc.record({
          shape: fc.constant(shape),
          reps: fc.tuple(...shape.map(() => fc.integer({ min: 1, max: 4 }))),
          dtype: dtypes,
          seed: seeds,
        }),
      );
    fc.assert(
      fc.property(given, ({ shape, reps, dtype, seed }) => {
        expectSame("Tile", { x: anyType(shape, seed, dtype) }, { reps });
      }),
    );
  });
});

describe("Identity", () => {
  it("equals cpu's", () => {
    fc.assert(
      fc.property(shapes, dtypes, seeds, (shape, dtype, seed) => {
        expectSame("Identity", { x: anyType(shape, seed, dtype) });
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
        dtype: dtypes,
        seed: seeds,
      }),
    );
    fc.assert(
      fc.property(given, ({ shape, perm, dtype, seed }) => {
        expectSame("Transpose", { x: anyType(shape, seed, dtype) }, { perm });
      }),
    );
  });
});

describe("Reverse", () => {
  it("equals cpu's along any axes", () => {
    const given = shapes.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        dims: fc.subarray([...shape.keys()]),
        dtype: dtypes,
        seed: seeds,
      }),
    );
    fc.assert(
      fc.property(given, ({ shape, dims, dtype, seed }) => {
        expectSame("Reverse", { x: anyType(shape, seed, dtype) }, { dims });
      }),
    );
  });
});
