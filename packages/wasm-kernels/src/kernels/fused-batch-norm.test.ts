import { beforeAll, describe, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectClose } from "../testing/expect-same.js";
import { runOnCpu, runOnWasm, startBackends } from "../testing/run-kernel-on.js";
import { batchSizes, channelCounts, integers, seeds } from "../testing/values.js";

beforeAll(startBackends);

describe("FusedBatchNorm", () => {
  it("equals cpu's up to rounding, with a scale and an offset or without", () => {
    const given = fc.record({
      batch: batchSizes,
      pixels: fc.integer({ min: 1, max: 5 }),
      channels: channelCounts,
      hasScale: fc.boolean(),
      hasOffset: fc.boolean(),
      means: fc.constantFrom("channels", "one", "all"),
      seed: seeds,
    });
    fc.assert(
      fc.property(given, ({ batch, pixels, channels, means, seed, ...has }) => {
        const x = [batch, pixels, 1, channels];
        const own = { channels: [channels], one: [1], all: x }[means];
        const variance = integers(own, seed + 2);
        const inputs = {
          x: integers(x, seed),
          mean: integers(own, seed + 1),
          variance: { ...variance, values: variance.values.map((value) => Math.abs(value)) },
          scale: has.hasScale ? integers(own, seed + 3) : undefined,
          offset: has.hasOffset ? integers(own, seed + 4) : undefined,
        };
        const attrs = { varianceEpsilon: 0.5 };
        const actual = runOnWasm("FusedBatchNorm", inputs, attrs);
        expectClose(actual, runOnCpu("FusedBatchNorm", inputs, attrs), 1e-4);
      }),
    );
  });
});
