import { beforeAll, describe, expect, it } from "@jest/globals";
import { backend_util } from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { expectSame } from "../testing/expect-same.js";
import { runOnWasm, startBackends } from "../testing/run-kernel-on.js";
import {
  batchSizes,
  channelCounts,
  integers,
  negatives,
  seeds,
  withSpecials,
} from "../testing/values.js";

beforeAll(startBackends);

const size = fc.integer({ min: 1, max: 9 });
const small = fc.integer({ min: 1, max: 3 });
type Pair = [number, number];

const pools = fc
  .record({
    batch: batchSizes,
    image: fc.tuple(size, size),
    channels: channelCounts,
    filterSize: fc.tuple(small, small),
    strides: fc.tuple(small, small),
    pad: fc.constantFrom<"same" | "valid" | 1>("same", "valid", 1),
    // Integers have many ties; NaN is no maximum; windows of negative values alone lost their gradient.
    fill: fc.constantFrom(integers, negatives, withSpecials),
    seed: seeds,
  })
  .map(({ batch, image, channels, fill, seed, ...window }) => {
    const shape: [number, number, number, number] = [batch, ...image, channels];
    const attrs = {
      ...window,
      filterSize: window.filterSize,
      // tfjs takes a filter for square where the padding is a number.
      ...(window.pad === 1 && { filterSize: [2, 2] as Pair, strides: [1, 1] as Pair }),
      dimRoundingMode: window.pad === 1 ? ("floor" as const) : undefined,
    };
    const { filterSize, strides, pad, dimRoundingMode } = attrs;
    const info = backend_util.computePool2DInfo(
      shape,
      filterSize,
      strides,
      1,
      pad,
      dimRoundingMode,
    );
    return { input: fill(shape, seed), dy: integers(info.outShape, seed + 1), attrs };
  })
  .filter(({ dy }) => Math.min(...dy.shape.slice(1)) > 0);

describe("MaxPoolGrad", () => {
  it("gives each window's gradient to the first of its largest values, as cpu does", () => {
    fc.assert(
      fc.property(pools, ({ input, dy, attrs }) => {
        expectSame("MaxPoolGrad", { dy, input, output: dy }, attrs);
      }),
      { numRuns: 300 },
    );
  });

  it("does so for windows of 2 × 2 side by side, with rows and columns left over", () => {
    const channels = fc.constantFrom(4, 8, 12);
    const fills = fc.constantFrom(integers, negatives, withSpecials);
    const attrs = { filterSize: 2, strides: 2, pad: "valid" };
    fc.assert(
      fc.property(batchSizes, size, size, channels, fills, seeds, (batch, y, x, c, fill, seed) => {
        const input = fill([batch, y + 1, x + 1, c], seed);
        const dy = integers([batch, (y + 1) >> 1, (x + 1) >> 1, c], seed + 1);
        expectSame("MaxPoolGrad", { dy, input, output: dy }, attrs);
      }),
    );
  });

  it("loses nothing where all values are negative", () => {
    const input = negatives([2, 8, 8, 5], 1);
    const dy = { ...integers([2, 4, 4, 5], 2), values: new Array<number>(160).fill(1) };
    const attrs = { filterSize: 2, strides: 2, pad: "valid" };
    const { values } = runOnWasm("MaxPoolGrad", { dy, input, output: dy }, attrs);
    expect(values.reduce((sum, value) => sum + value, 0)).toBe(160);
  });
});
