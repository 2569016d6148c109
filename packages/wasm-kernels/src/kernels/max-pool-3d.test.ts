import { beforeAll, describe, expect, it } from "@jest/globals";
import { backend_util } from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { expectSame } from "../testing/expect-same.js";
import { runOnWasm, startBackends, type Values } from "../testing/run-kernel-on.js";
import { integers, negatives, withSpecials } from "../testing/values.js";
import { volumes } from "../testing/volumes.js";

beforeAll(startBackends);

const pools = fc
  .record({ volume: volumes(), fill: fc.constantFrom(integers, negatives, withSpecials) })
  .map(({ volume: { x: shape, filter, attrs, seed }, fill }) => {
    const filterSize: [number, number, number] = [filter[0], filter[1], filter[2]];
    const { strides, pad } = attrs;
    const info = backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad);
    return {
      x: fill(shape, seed),
      dy: integers(info.outShape, seed + 1),
      attrs: { filterSize, strides, pad },
      info,
    };
  });

describe("MaxPool3D", () => {
  it("equals cpu's for any sizes, strides, paddings and values", () => {
    fc.assert(
      fc.property(pools, ({ x, attrs }) => {
        expectSame("MaxPool3D", { x }, { ...attrs, dataFormat: "NDHWC" });
      }),
    );
  });
});

describe("MaxPool3DGrad", () => {
  it("equals cpu's where windows are as high as they are wide", () => {
    fc.assert(
      fc.property(
        pools.filter(({ attrs: { filterSize } }) => filterSize[1] === filterSize[2]),
        ({ x, dy, attrs }) => {
          expectSame("MaxPool3DGrad", { dy, input: x, output: dy }, attrs);
        },
      ),
    );
  });

  it("gives each window's gradient to the last of its largest values, other windows as well", () => {
    fc.assert(
      fc.property(pools, ({ x, dy, attrs, info }) => {
        const actual = runOnWasm("MaxPool3DGrad", { dy, input: x, output: dy }, attrs);
        expect(actual.values).toEqual(gradient(x, dy, info));
      }),
    );
  });
});

/** One window after the other. */
function gradient(x: Values, dy: Values, info: backend_util.Conv3DInfo): number[] {
  const { inDepth, inHeight, inWidth, inChannels, outDepth, outHeight, outWidth, padInfo } = info;
  const result = new Array<number>(x.values.length).fill(0);
  for (const [index, value] of dy.values.entries()) {
    const channel = index % inChannels;
    const window = Math.floor(index / inChannels);
    const left = (window % outWidth) * info.strideWidth - padInfo.left;
    const top = (Math.floor(window / outWidth) % outHeight) * info.strideHeight - padInfo.top;
    const plane = Math.floor(window / outWidth / outHeight);
    const front = (plane % outDepth) * info.strideDepth - padInfo.front;
    const image = Math.floor(plane / outDepth);
    let largest = -Infinity;
    let where: number | undefined;
    for (let z = Math.max(front, 0); z < Math.min(front + info.filterDepth, inDepth); z++)
      for (let y = Math.max(top, 0); y < Math.min(top + info.filterHeight, inHeight); y++)
        for (let w = Math.max(left, 0); w < Math.min(left + info.filterWidth, inWidth); w++) {
          const at = (((image * inDepth + z) * inHeight + y) * inWidth + w) * inChannels + channel;
          const candidate = x.values[at] ?? NaN;
          if (candidate >= largest) [largest, where] = [candidate, at];
        }
    if (where !== undefined) result[where] = (result[where] ?? 0) + value;
  }
  return result;
}
