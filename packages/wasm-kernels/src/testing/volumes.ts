/** Windows over volumes, for convolutions and pools, of every form. */
import { backend_util } from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { batchSizes, channelCounts, seeds } from "./values.js";

type Shape5D = [number, number, number, number, number];
type Triple = [number, number, number];

export interface VolumeCase {
  readonly x: Shape5D;
  readonly filter: Shape5D;
  readonly y: Shape5D;
  readonly attrs: {
    readonly strides: Triple;
    readonly pad: "same" | "valid";
    readonly dilations: Triple;
  };
  readonly seed: number;
}

export function volumes({ maxDilation = 1 } = {}): fc.Arbitrary<VolumeCase> {
  const size = fc.integer({ min: 1, max: 6 });
  const tap = fc.integer({ min: 1, max: 3 });
  const dilation = fc.integer({ min: 1, max: maxDilation });
  return fc
    .record({
      batch: batchSizes,
      size: fc.tuple(size, size, size),
      inChannels: channelCounts,
      taps: fc.tuple(tap, tap, tap),
      outChannels: channelCounts,
      strides: fc.tuple(tap, tap, tap),
      dilations: fc.tuple(dilation, dilation, dilation),
      pad: fc.constantFrom("same" as const, "valid" as const),
      seed: seeds,
    })
    .map(({ batch, size: sizes, inChannels, taps, outChannels, strides, dilations, pad, seed }) => {
      const x: Shape5D = [batch, ...sizes, inChannels];
      const filter: Shape5D = [...taps, inChannels, outChannels];
      const info = backend_util.computeConv3DInfo(x, filter, strides, dilations, pad);
      return { x, filter, y: info.outShape, attrs: { strides, pad, dilations }, seed };
    })
    .filter(({ y, attrs }) => {
      const isStridedOrDilated =
        Math.max(...attrs.strides) === 1 || Math.max(...attrs.dilations) === 1;
      return isStridedOrDilated && Math.min(...y.slice(1)) > 0;
    });
}
