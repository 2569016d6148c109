import { beforeAll, describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectSame } from "../testing/expect-same.js";
import { runOnWasm, startBackends } from "../testing/run-kernel-on.js";
import { anyType, dtypes, integers, seeds, shapes, withSpecials } from "../testing/values.js";

beforeAll(startBackends);

describe("ClipByValue", () => {
  it("equals cpu's for every type", () => {
    fc.assert(
      fc.property(shapes, dtypes, seeds, (shape, dtype, seed) => {
        const attrs = { clipValueMin: -2, clipValueMax: 3 };
        expectSame("ClipByValue", { x: anyType(shape, seed, dtype) }, attrs);
      }),
    );
  });
});

describe("NaN and infinities", () => {
  it.each(["Relu", "Relu6", "Elu", "LeakyRelu", "Step", "Abs", "Neg", "ClipByValue"])(
    "go through %s as on cpu",
    (kernel) => {
      fc.assert(
        fc.property(shapes, seeds, (shape, seed) => {
          const x = withSpecials(shape, seed);
          // Powers of e would differ in their last bits.
          const values = x.values.map((value) =>
            kernel === "Elu" && value < 0 ? -Infinity : value,
          );
          const attrs = { alpha: 0.25, clipValueMin: -2, clipValueMax: 3 };
          expectSame(kernel, { x: { ...x, values } }, attrs);
        }),
      );
    },
  );

  it.each(["relu", "relu6", "elu", "leakyrelu"])(
    "come out of a fused depthwise convolution with %s",
    (activation) => {
      const x = { ...integers([1, 1, 6, 1], 1), values: [NaN, 1, NaN, Infinity, 2, NaN] };
      const filter = { ...integers([1, 1, 1, 1], 1), values: [1] };
      const attrs = {
        strides: 1,
        pad: "valid",
        dilations: 1,
        dataFormat: "NHWC",
        activation,
        leakyreluAlpha: 0.25,
      };
      const largest = activation === "relu6" ? 6 : Infinity;
      const { values } = runOnWasm("FusedDepthwiseConv2D", { x, filter }, attrs);
      expect(values).toEqual([NaN, 1, NaN, largest, 2, NaN]);
    },
  );
});
