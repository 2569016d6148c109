import { beforeAll, describe, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectClose, expectSame } from "../testing/expect-same.js";
import { runOnCpu, runOnWasm, startBackends } from "../testing/run-kernel-on.js";
import { integers, seeds, withSpecials } from "../testing/values.js";

beforeAll(startBackends);

const reductions = fc
  .array(fc.constantFrom(0, 1, 2, 3, 4, 5, 9, 16, 17), { minLength: 0, maxLength: 4 })
  .chain((shape) => {
    const axes = shape.map((_, axis) => axis);
    return fc.record({
      shape: fc.constant(shape),
      axis: fc.subarray(axes),
      keepDims: fc.boolean(),
      seed: seeds,
    });
  });

describe("Sum", () => {
  it("equals cpu's over any axes", () => {
    fc.assert(
      fc.property(reductions, ({ shape, seed, ...attrs }) => {
        expectSame("Sum", { x: integers(shape, seed) }, attrs);
      }),
    );
  });

  it("carries NaN and infinities as cpu does", () => {
    fc.assert(
      fc.property(reductions, ({ shape, seed, ...attrs }) => {
        expectSame("Sum", { x: withSpecials(shape, seed) }, attrs);
      }),
    );
  });

  it("sums integers", () => {
    fc.assert(
      fc.property(reductions, ({ shape, seed, ...attrs }) => {
        expectSame("Sum", { x: integers(shape, seed, "int32") }, attrs);
      }),
    );
  });
});

describe("Mean", () => {
  it("equals cpu's over any axes, up to the rounding of its divisions", () => {
    fc.assert(
      fc.property(reductions, ({ shape, seed, ...attrs }) => {
        const inputs = { x: integers(shape, seed) };
        expectClose(runOnWasm("Mean", inputs, attrs), runOnCpu("Mean", inputs, attrs), 2e-6);
      }),
    );
  });
});

describe.each(["Max", "Min"])("%s", (kernel) => {
  it("equals cpu's over any axes, with NaN and infinities", () => {
    const some = reductions.filter(({ shape }) => !shape.includes(0));
    fc.assert(
      fc.property(some, fc.boolean(), ({ shape, axis, keepDims, seed }, isInteger) => {
        const x = isInteger ? integers(shape, seed, "int32") : withSpecials(shape, seed);
        expectSame(kernel, { x }, { axis, reductionIndices: axis, keepDims });
      }),
    );
  });
});
