import { beforeAll, describe, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectSame } from "../testing/expect-same.js";
import { startBackends } from "../testing/run-kernel-on.js";
import { anyType, dtypes, seeds, shapes } from "../testing/values.js";

beforeAll(startBackends);

const withAxis = shapes
  .filter(({ length }) => length > 0)
  .chain((shape) => fc.tuple(fc.constant(shape), fc.nat(shape.length - 1)));

describe("Slice", () => {
  it("equals cpu's for any part of a tensor", () => {
    const given = withAxis.chain(([shape]) =>
      fc.tuple(
        fc.constant(shape),
        fc.tuple(...shape.map((size) => fc.tuple(fc.nat(size), fc.nat(size)))),
      ),
    );
    fc.assert(
      fc.property(given, dtypes, seeds, ([shape, ends], dtype, seed) => {
        const begin = ends.map((pair) => Math.min(...pair));
        const size = ends.map((pair) => Math.max(...pair) - Math.min(...pair));
        expectSame("Slice", { x: anyType(shape, seed, dtype) }, { begin, size });
      }),
    );
  });
});

describe("SplitV", () => {
  it("equals cpu's for parts of different sizes", () => {
    fc.assert(
      fc.property(withAxis, fc.nat(5), dtypes, seeds, ([shape, axis], first, dtype, seed) => {
        const size = shape[axis] ?? 0;
        const numOrSizeSplits = [Math.min(first, size), size - Math.min(first, size)];
        expectSame("SplitV", { x: anyType(shape, seed, dtype) }, { numOrSizeSplits, axis });
      }),
    );
  });
});

describe("Unpack", () => {
  it("equals cpu's along any axis", () => {
    fc.assert(
      fc.property(withAxis, fc.boolean(), dtypes, seeds, ([shape, axis], fromEnd, dtype, seed) => {
        const attrs = { axis: fromEnd ? axis - shape.length : axis };
        expectSame("Unpack", { value: anyType(shape, seed, dtype) }, attrs);
      }),
    );
  });
});

describe("StridedSlice", () => {
  it("equals cpu's for steps in both directions", () => {
    const given = shapes
      .filter((shape) => !shape.includes(0))
      .chain((shape) =>
        fc.tuple(
          fc.constant(shape),
          fc.tuple(
            ...shape.map((size) =>
              fc.tuple(fc.nat(size), fc.nat(size), fc.constantFrom(-3, -1, 1, 2)),
            ),
          ),
          fc.nat(2 ** shape.length - 1),
          fc.nat(2 ** shape.length - 1),
        ),
      );
    fc.assert(
      fc.property(given, dtypes, seeds, ([shape, axes, beginMask, endMask], dtype, seed) => {
        const attrs = {
          // cpu fails where the end comes first, which ours takes for an empty part.
          begin: axes.map(([a, b, stride]) => (stride > 0 ? Math.min(a, b) : Math.max(a, b))),
          end: axes.map(([a, b, stride]) => (stride > 0 ? Math.max(a, b) : Math.min(a, b))),
          strides: axes.map(([, , stride]) => stride),
          beginMask,
          endMask,
          ellipsisMask: 0,
          newAxisMask: 0,
          shrinkAxisMask: 0,
        };
        expectSame("StridedSlice", { x: anyType(shape, seed, dtype) }, attrs);
      }),
    );
  });
});
