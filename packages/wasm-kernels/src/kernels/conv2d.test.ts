import { beforeAll, describe, it } from "@jest/globals";
import * as fc from "fast-check";
import { channelsFirst, convolutions } from "../testing/convolutions.js";
import { expectSame } from "../testing/expect-same.js";
import { startBackends } from "../testing/run-kernel-on.js";
import { integers, withSpecials } from "../testing/values.js";

beforeAll(startBackends);

describe("Conv2D", () => {
  it("equals cpu's for any sizes, strides, paddings and dilations", () => {
    fc.assert(
      fc.property(convolutions({ maxDilation: 2 }), ({ x, filter, attrs, seed }) => {
        const inputs = { x: integers(x, seed), filter: integers(filter, seed + 1) };
        expectSame("Conv2D", inputs, attrs);
      }),
    );
  });
});

describe("FusedConv2D", () => {
  const fused = fc.record({
    convolution: convolutions(),
    activation: fc.constantFrom("linear", "relu", "relu6"),
    hasBias: fc.boolean(),
    hasSpecials: fc.boolean(),
  });

  it("adds a bias and clips as cpu does, NaN and infinities as well", () => {
    fc.assert(
      fc.property(fused, ({ convolution, activation, hasBias, hasSpecials }) => {
        const { x, filter, attrs, seed } = convolution;
        const inputs = {
          x: (hasSpecials ? withSpecials : integers)(x, seed),
          filter: integers(filter, seed + 1),
          bias: hasBias ? integers([filter[3]], seed + 2) : undefined,
        };
        expectSame("FusedConv2D", inputs, { ...attrs, activation });
      }),
    );
  });
});

describe("Conv2DBackpropFilter", () => {
  it("equals cpu's for any sizes, strides and paddings", () => {
    fc.assert(
      fc.property(convolutions(), ({ x, filter, y, attrs, seed }) => {
        const inputs = { x: integers(x, seed), dy: integers(y, seed + 1) };
        expectSame("Conv2DBackpropFilter", inputs, { ...attrs, filterShape: filter });
      }),
    );
  });
});

describe("Conv2DBackpropInput", () => {
  it("equals cpu's for any sizes, strides and paddings", () => {
    fc.assert(
      fc.property(convolutions(), ({ x, filter, y, attrs, seed }) => {
        const inputs = { dy: integers(y, seed), filter: integers(filter, seed + 1) };
        expectSame("Conv2DBackpropInput", inputs, { ...attrs, inputShape: x });
      }),
    );
  });
});

describe("images in NCHW", () => {
  const given = convolutions().map(channelsFirst);

  it("are convolved as on cpu", () => {
    fc.assert(
      fc.property(given, ({ x, filter, attrs, seed }) => {
        const inputs = { x: integers(x, seed), filter: integers(filter, seed + 1) };
        expectSame("Conv2D", inputs, attrs);
        const bias = integers([filter[3]], seed + 2);
        expectSame("FusedConv2D", { ...inputs, bias }, { ...attrs, activation: "relu" });
      }),
    );
  });

  it("have the gradients that cpu gives them", () => {
    fc.assert(
      fc.property(given, ({ x, filter, y, attrs, seed }) => {
        const dy = integers(y, seed);
        const byFilter = { x: integers(x, seed + 1), dy };
        expectSame("Conv2DBackpropFilter", byFilter, { ...attrs, filterShape: filter });
        const byInput = { dy, filter: integers(filter, seed + 1) };
        expectSame("Conv2DBackpropInput", byInput, { ...attrs, inputShape: x });
      }),
    );
  });
});
