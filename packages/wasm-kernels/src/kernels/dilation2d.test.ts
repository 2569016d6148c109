import { beforeAll, describe, it } from "@jest/globals";
import { backend_util } from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { expectSame } from "../testing/expect-same.js";
import { startBackends } from "../testing/run-kernel-on.js";
import { integers, negatives, seeds } from "../testing/values.js";

beforeAll(startBackends);

const size = fc.integer({ min: 1, max: 6 });
const small = fc.integer({ min: 1, max: 3 });

const given = fc
  .record({
    image: fc.tuple(size, size, size, size),
    taps: fc.tuple(small, small),
    strides: fc.tuple(small, small),
    dilations: fc.tuple(small, small),
    pad: fc.constantFrom("same" as const, "valid" as const),
    fill: fc.constantFrom(integers, negatives),
    seed: seeds,
  })
  .map(({ image, taps, strides, dilations, pad, fill, seed }) => {
    const filterShape: [number, number, number] = [...taps, image[3]];
    const { outShape } = backend_util.computeDilation2DInfo(
      image,
      filterShape,
      strides,
      pad,
      "NHWC",
      dilations,
    );
    const dy = outShape.some((length) => length <= 0) ? undefined : integers(outShape, seed + 2);
    const inputs = { x: fill(image, seed), filter: integers(filterShape, seed + 1) };
    return { inputs, dy, attrs: { strides, pad, dilations } };
  });

describe("Dilation2D", () => {
  it("and its gradients equal cpu's, of negative values as well", () => {
    fc.assert(
      fc.property(given, ({ inputs, dy, attrs }) => {
        fc.pre(dy !== undefined);
        expectSame("Dilation2D", inputs, attrs);
        expectSame("Dilation2DBackpropFilter", { ...inputs, dy }, attrs);
        expectSame("Dilation2DBackpropInput", { ...inputs, dy }, attrs);
      }),
    );
  });
});
