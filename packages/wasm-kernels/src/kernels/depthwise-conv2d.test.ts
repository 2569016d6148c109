import { beforeAll, describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { type ConvolutionCase, convolutions } from "../testing/convolutions.js";
import { expectSame } from "../testing/expect-same.js";
import { runOnWasm, startBackends, type Values } from "../testing/run-kernel-on.js";
import { integers } from "../testing/values.js";

beforeAll(startBackends);

const plain = convolutions({ isDepthwise: true });
const dilated = convolutions({ isDepthwise: true, maxDilation: 3 });

describe("DepthwiseConv2dNative", () => {
  it("equals cpu's for any sizes, multipliers, strides, paddings and dilations", () => {
    fc.assert(
      fc.property(dilated, ({ x, filter, attrs, seed }) => {
        const inputs = { x: integers(x, seed), filter: integers(filter, seed + 1) };
        expectSame("DepthwiseConv2dNative", inputs, attrs);
      }),
    );
  });

  it("takes no dilations for ones, as tfjs' layers give none", () => {
    const inputs = { x: integers([1, 5, 5, 4], 1), filter: integers([3, 3, 4, 1], 2) };
    const attrs = { strides: [2, 2], pad: "same", dilations: null };
    expectSame("DepthwiseConv2dNative", inputs, { ...attrs, dataFormat: "NHWC" });
  });
});

describe("FusedDepthwiseConv2D", () => {
  it("equals cpu's", () => {
    fc.assert(
      fc.property(plain, fc.boolean(), ({ x, filter, y, attrs, seed }, hasBias) => {
        const inputs = {
          x: integers(x, seed),
          filter: integers(filter, seed + 1),
          bias: hasBias ? integers([y[3]], seed + 2) : undefined,
        };
        expectSame("FusedDepthwiseConv2D", inputs, { ...attrs, activation: "relu" });
      }),
    );
  });
});

describe("DepthwiseConv2dNativeBackpropFilter", () => {
  it("equals cpu's for any sizes, multipliers, strides and paddings", () => {
    fc.assert(
      fc.property(plain, ({ x, filter, y, attrs, seed }) => {
        const inputs = { x: integers(x, seed), dy: integers(y, seed + 1) };
        const withShape = { ...attrs, filterShape: filter };
        expectSame("DepthwiseConv2dNativeBackpropFilter", inputs, withShape);
      }),
    );
  });

  it("is the sum over all pixels that a tap has met, dilated as well, where cpu is wrong", () => {
    fc.assert(
      fc.property(dilated, (given) => {
        const x = integers(given.x, given.seed);
        const dy = integers(given.y, given.seed + 1);
        const sum = tensor(given.filter);
        visit(given, (tap, pixel, out) => {
          sum.values[tap] = (sum.values[tap] ?? 0) + (x.values[pixel] ?? 0) * (dy.values[out] ?? 0);
        });
        const attrs = { ...given.attrs, filterShape: given.filter };
        const actual = runOnWasm("DepthwiseConv2dNativeBackpropFilter", { x, dy }, attrs);
        expect(actual).toEqual(sum);
      }),
    );
  });
});

describe("DepthwiseConv2dNativeBackpropInput", () => {
  it("equals cpu's for any sizes, multipliers, strides and paddings", () => {
    fc.assert(
      fc.property(plain, ({ x, filter, y, attrs, seed }) => {
        const inputs = { dy: integers(y, seed), filter: integers(filter, seed + 1) };
        const withShape = { ...attrs, inputShape: x };
        expectSame("DepthwiseConv2dNativeBackpropInput", inputs, withShape);
      }),
    );
  });

  it("is the sum over all taps that have met a pixel, dilated as well, where cpu is wrong", () => {
    fc.assert(
      fc.property(dilated, (given) => {
        const dy = integers(given.y, given.seed);
        const filter = integers(given.filter, given.seed + 1);
        const sum = tensor(given.x);
        visit(given, (tap, pixel, out) => {
          sum.values[pixel] =
            (sum.values[pixel] ?? 0) + (filter.values[tap] ?? 0) * (dy.values[out] ?? 0);
        });
        const attrs = { ...given.attrs, inputShape: given.x };
        const actual = runOnWasm("DepthwiseConv2dNativeBackpropInput", { dy, filter }, attrs);
        expect(actual).toEqual(sum);
      }),
    );
  });
});

function tensor(shape: readonly number[]): Values & { readonly values: number[] } {
  const values = new Array<number>(shape.reduce((size, n) => size * n, 1)).fill(0);
  return { shape: [...shape], dtype: "float32", values };
}

/** Calls `meet` with the indices of each product of a depthwise convolution. */
function visit(
  given: ConvolutionCase,
  meet: (tap: number, pixel: number, out: number) => void,
): void {
  const [batch, height, width, channels] = given.x;
  const [tapRows, tapColumns, , multiplier] = given.filter;
  const [, outHeight, outWidth] = given.y;
  const { strides, dilations } = given.attrs;
  let out = 0;
  for (let image = 0; image < batch; image++)
    for (let outRow = 0; outRow < outHeight; outRow++)
      for (let outColumn = 0; outColumn < outWidth; outColumn++)
        for (let channel = 0; channel < channels; channel++)
          for (let j = 0; j < multiplier; j++, out++)
            for (let tapRow = 0; tapRow < tapRows; tapRow++)
              for (let tapColumn = 0; tapColumn < tapColumns; tapColumn++) {
                const row = outRow * strides[0] + tapRow * dilations[0] - given.top;
                const column = outColumn * strides[1] + tapColumn * dilations[1] - given.left;
                if (row < 0 || row >= height || column < 0 || column >= width) continue;
                const pixel = ((image * height + row) * width + column) * channels + channel;
                const tap = ((tapRow * tapColumns + tapColumn) * channels + channel) * multiplier;
                meet(tap + j, pixel, out);
              }
}
