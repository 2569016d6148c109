import { beforeAll, describe, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectAdjoint } from "../testing/expect-adjoint.js";
import { runOnWasm, startBackends } from "../testing/run-kernel-on.js";
import { batchSizes, channelCounts, integers, seeds } from "../testing/values.js";

beforeAll(startBackends);

const size = fc.integer({ min: 1, max: 9 });

const resizes = fc.record({
  batch: batchSizes,
  from: fc.tuple(size, size),
  to: fc.tuple(size, size),
  channels: channelCounts,
  // tfjs refuses both at once.
  corners: fc.constantFrom("plain", "aligned", "half pixels"),
  seed: seeds,
});

// Against the forward pass: cpu leaves values out, or has height and width exchanged.
describe.each(["ResizeBilinear", "ResizeNearestNeighbor"])("the gradient of %s", (kernel) => {
  it("belongs to the forward pass, to larger and smaller sizes, however corners are taken", () => {
    fc.assert(
      fc.property(resizes, ({ batch, from, to, channels, corners, seed }) => {
        const attrs = {
          alignCorners: corners === "aligned",
          halfPixelCenters: corners === "half pixels",
          size: to,
        };
        const images = integers([batch, ...from, channels], seed);
        const dy = integers([batch, ...to, channels], seed + 1);
        const resized = runOnWasm(kernel, { images }, attrs);
        const gradient = runOnWasm(`${kernel}Grad`, { images, dy }, attrs);
        expectAdjoint(images, resized, dy, gradient);
      }),
    );
  });
});
