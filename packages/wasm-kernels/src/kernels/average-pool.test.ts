import { beforeAll, describe, it } from "@jest/globals";
import * as fc from "fast-check";
import { convolutions } from "../testing/convolutions.js";
import { expectAdjoint } from "../testing/expect-adjoint.js";
import { expectClose } from "../testing/expect-same.js";
import { runOnCpu, runOnWasm, startBackends } from "../testing/run-kernel-on.js";
import { integers, withSpecials } from "../testing/values.js";
import { volumes } from "../testing/volumes.js";

beforeAll(startBackends);

/** Pools of images and of volumes, the windows of which are the filters of convolutions. */
const images = convolutions().map(({ x, filter, y, attrs, seed }) => {
  const { strides, pad, dimRoundingMode } = attrs;
  const filterSize = filter.slice(0, 2);
  const shape = [...y.slice(0, 3), x[3]];
  const given = { filterSize, strides, pad, dimRoundingMode };
  return { kernel: "AvgPool", x, y: shape, attrs: given, seed };
});
const blocks = volumes().map(({ x, filter, y, attrs: { strides, pad }, seed }) => {
  const attrs = { filterSize: filter.slice(0, 3), strides, pad, dataFormat: "NDHWC" };
  return { kernel: "AvgPool3D", x, y: [...y.slice(0, 4), x[4]], attrs, seed };
});
/** Windows that lie in the padding alone have no average. */
const isInside = ({ attrs: { pad } }: { attrs: { pad: unknown } }) => typeof pad === "string";
const pools = fc.oneof(images.filter(isInside), blocks);

describe("average pooling", () => {
  it("equals cpu's up to rounding, with NaN and infinities", () => {
    fc.assert(
      fc.property(pools, ({ kernel, x: shape, attrs, seed }) => {
        const x = withSpecials(shape, seed);
        expectClose(runOnWasm(kernel, { x }, attrs), runOnCpu(kernel, { x }, attrs), 1e-5);
      }),
    );
  });

  it("has cpu's gradient where no window hangs over the rim", () => {
    const valid = pools.filter(({ attrs: { pad } }) => pad === "valid");
    fc.assert(
      fc.property(valid, ({ kernel, x, y, attrs, seed }) => {
        const inputs = { dy: integers(y, seed), input: integers(x, seed + 1) };
        const actual = runOnWasm(`${kernel}Grad`, inputs, attrs);
        expectClose(actual, runOnCpu(`${kernel}Grad`, inputs, attrs), 1e-5);
      }),
    );
  });

  it("has a gradient that belongs to it, where windows do as well and cpu's does not", () => {
    fc.assert(
      fc.property(pools, ({ kernel, x: shape, y, attrs, seed }) => {
        const x = integers(shape, seed);
        const dy = integers(y, seed + 1);
        const dx = runOnWasm(`${kernel}Grad`, { dy, input: x }, attrs);
        expectAdjoint(x, runOnWasm(kernel, { x }, attrs), dy, dx);
      }),
    );
  });
});
