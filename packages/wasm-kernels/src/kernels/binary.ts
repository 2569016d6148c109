/**
 * Functions of two values with broadcasting. tfjs' own are quick where the shapes are equal, or the
 * smaller one is the last axes of the other; everywhere else they compute the place of each value
 * anew. Here such operands are written out in full first.
 */
import {
  Add,
  Atan2,
  BitwiseAnd,
  broadcast_util,
  Equal,
  FloorDiv,
  Greater,
  GreaterEqual,
  Less,
  LessEqual,
  LogicalAnd,
  LogicalOr,
  LogicalXor,
  Maximum,
  Minimum,
  Mod,
  Multiply,
  NotEqual,
  Pow,
  Prelu,
  RealDiv,
  SquaredDifference,
  Sub,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import type { Assembly } from "../assembly.js";
import { withBroadcast } from "../broadcast.js";
import type { Heap } from "../heap.js";
import { kernel, type TrainingKernel } from "../kernel.js";

interface Operands {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
}

/** Those that tfjs broadcasts well itself where the values are float32. */
const broadcastsFloats = [Add, Multiply, RealDiv, SquaredDifference, Sub];
const others = [Atan2, BitwiseAnd, FloorDiv, LogicalAnd, LogicalOr, LogicalXor, Mod, Pow];

type Loop = (assembly: Assembly, a: number, b: number, target: number, count: number) => void;

/** Loops over float32 that replace tfjs' own; integers are left to those. */
const comparisons: readonly (readonly [string, Loop])[] = [
  [
    Equal,
    (loops, a, b, target, count) => {
      loops.equal(a, b, target, count, 0);
    },
  ],
  [
    Greater,
    (loops, a, b, target, count) => {
      loops.greater(a, b, target, count);
    },
  ],
  [
    GreaterEqual,
    (loops, a, b, target, count) => {
      loops.greaterEqual(a, b, target, count);
    },
  ],
  [
    Less,
    (loops, a, b, target, count) => {
      loops.greater(b, a, target, count);
    },
  ],
  [
    LessEqual,
    (loops, a, b, target, count) => {
      loops.greaterEqual(b, a, target, count);
    },
  ],
  [
    NotEqual,
    (loops, a, b, target, count) => {
      loops.equal(a, b, target, count, 1);
    },
  ],
];

/** tfjs' own lose NaN in the second operand. */
const extremes: readonly (readonly [string, Loop])[] = [
  [
    Maximum,
    (loops, a, b, target, count) => {
      loops.maximum(a, b, target, count);
    },
  ],
  [
    Minimum,
    (loops, a, b, target, count) => {
      loops.minimum(a, b, target, count);
    },
  ],
];

export const binary: readonly TrainingKernel[] = [
  ...broadcastsFloats.map((name) => throughOriginal(name, true)),
  ...others.map((name) => throughOriginal(name, false)),
  ...comparisons.map(([name, loop]) => throughLoop(name, loop, "bool")),
  ...extremes.map(([name, loop]) => throughLoop(name, loop, "float32")),
];

/**
 * tfjs' own reads alpha as the values for the last axes of each example, whatever its shape is, and
 * now and then returns what lies in memory; it has NaN for infinity and zero times such an alpha.
 */
export const prelu = kernel<{ x: TensorInfo; alpha: TensorInfo }, object>(
  Prelu,
  ({ inputs: { x, alpha }, heap }) =>
    runLoop(heap, x, alpha, "float32", (loops, ...rest) => {
      loops.prelu(...rest);
    }),
);

function throughOriginal(name: string, broadcastsFloats: boolean): TrainingKernel {
  return kernel<Operands, object>(name, ({ inputs: { a, b }, heap, original }) => {
    if (broadcastsFloats && a.dtype === "float32") return original();
    const shape = broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    return withBroadcast(heap, [a, b], shape, true, ([wideA = a, wideB = b]) => ({
      ...original({ inputs: { a: wideA, b: wideB } }),
      // Leading axes of one may have been left out.
      shape,
    }));
  });
}

function throughLoop(name: string, loop: Loop, dtype: "float32" | "bool"): TrainingKernel {
  const { run } = throughOriginal(name, false);
  return kernel<Operands, object>(name, (call) => {
    const { a, b } = call.inputs;
    if (a.dtype !== "float32" || b.dtype !== "float32") return run(call as never);
    return runLoop(call.heap, a, b, dtype, loop);
  });
}

function runLoop(
  heap: Heap,
  a: TensorInfo,
  b: TensorInfo,
  dtype: "float32" | "bool",
  loop: Loop,
): TensorInfo {
  const shape = broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  return withBroadcast(heap, [a, b], shape, false, ([wideA = a, wideB = b]) => {
    const out = heap.output(shape, dtype);
    const addresses = [wideA, wideB, out].map((tensor) => heap.addressOf(tensor));
    const [first = 0, second = 0, target = 0] = addresses;
    loop(heap.assembly, first, second, target, util.sizeFromShape(shape));
    return out;
  });
}
