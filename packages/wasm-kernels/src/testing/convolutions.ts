/** Convolutions of images, of every form: sizes, strides, paddings, with outputs that are not empty. */
import { backend_util } from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { batchSizes, channelCounts, seeds } from "./values.js";

type Shape4D = [number, number, number, number];
type Padding = "same" | "valid" | number | backend_util.ExplicitPadding;

export interface ConvolutionCase {
  readonly x: Shape4D;
  readonly filter: Shape4D;
  readonly y: Shape4D;
  readonly attrs: {
    readonly strides: [number, number];
    readonly pad: Padding;
    readonly dilations: [number, number];
    readonly dataFormat: "NHWC" | "NCHW";
    /** Whole numbers of steps only where tfjs asks for it: where the padding is a number. */
    readonly dimRoundingMode: "floor" | "ceil" | undefined;
  };
  /** Of the padding, which `same` leaves to be computed. */
  readonly top: number;
  readonly left: number;
  readonly seed: number;
}

const rims = fc.nat(2);

const paddings = fc.oneof(
  fc.constantFrom<Padding>("same", "valid"),
  fc.nat(2),
  fc
    .tuple(rims, rims, rims, rims)
    .map(([top, bottom, left, right]): backend_util.ExplicitPadding => [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]),
);

interface Options {
  /** Output channels are then those of the input, times a multiplier. */
  readonly isDepthwise?: boolean;
  readonly maxDilation?: number;
}

export function convolutions({
  isDepthwise = false,
  maxDilation = 1,
}: Options = {}): fc.Arbitrary<ConvolutionCase> {
  const size = fc.integer({ min: 1, max: 9 });
  const tap = fc.integer({ min: 1, max: 4 });
  const step = fc.integer({ min: 1, max: 3 });
  const dilation = fc.integer({ min: 1, max: maxDilation });
  // tfjs takes the size of the output from the filter's height and its stride alone where the padding
  // is a number; its own kernel for dilated filters then writes beyond it.
  const isSound = ({ pad, ...pairs }: { pad: Padding } & Record<string, unknown>) =>
    typeof pad !== "number" ||
    maxDilation === 1 ||
    isDepthwise ||
    [pairs["taps"], pairs["strides"], pairs["dilations"]].every(isPairOfEquals);
  return fc
    .record({
      batch: batchSizes,
      image: fc.tuple(size, size),
      inChannels: channelCounts,
      taps: fc.tuple(tap, tap),
      outChannels: isDepthwise ? fc.integer({ min: 1, max: 3 }) : channelCounts,
      strides: fc.tuple(step, step),
      dilations: fc.tuple(dilation, dilation),
      pad: paddings,
      rounding: fc.constantFrom("floor" as const, "ceil" as const),
      seed: seeds,
    })
    .filter(isSound)
    .map(({ batch, image, inChannels, taps, outChannels, rounding, seed, ...given }) => {
      const x: Shape4D = [batch, ...image, inChannels];
      const filter: Shape4D = [...taps, inChannels, outChannels];
      const { strides, pad } = given;
      // tfjs refuses both at once.
      const dilations: [number, number] = Math.max(...strides) > 1 ? [1, 1] : given.dilations;
      const dimRoundingMode = typeof pad === "string" ? undefined : rounding;
      const attrs = { strides, pad, dilations, dataFormat: "NHWC" as const, dimRoundingMode };
      const info = backend_util.computeConv2DInfo(
        x,
        filter,
        strides,
        dilations,
        pad,
        dimRoundingMode,
        isDepthwise,
      );
      const { top, left } = info.padInfo;
      return { x, filter, y: info.outShape, attrs, top, left, seed };
    })
    .filter(({ y: [, height, width] }) => height > 0 && width > 0);
}

function isPairOfEquals(pair: unknown): boolean {
  return Array.isArray(pair) && pair[0] === pair[1];
}

/** The same convolution of images in NCHW. */
export function channelsFirst({ x, y, attrs, ...rest }: ConvolutionCase): ConvolutionCase {
  const pad = Array.isArray(attrs.pad)
    ? ([0, 3, 1, 2].map((i) => (attrs.pad as backend_util.ExplicitPadding)[i]) as never)
    : attrs.pad;
  return {
    ...rest,
    x: [x[0], x[3], x[1], x[2]],
    y: [y[0], y[3], y[1], y[2]],
    attrs: { ...attrs, pad, dataFormat: "NCHW" },
  };
}
