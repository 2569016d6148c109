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
  Cast,
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
import { runKernel } from "../run-kernel.js";

interface Operands {
  readonly a: TensorInfo;
  readonly b: TensorInfo;
}

/** Those that tfjs broadcasts well itself where the values are float32. */
const broadcastsFloats = [Add, Multiply, RealDiv, SquaredDifference, Sub];
const others = [Atan2, BitwiseAnd, FloorDiv, LogicalXor, Mod, Pow];

type LoopName = {
  [Name in keyof Assembly]: Assembly[Name] extends Loop ? Name : never;
}[keyof Assembly];
type Loop = (a: number, b: number, target: number, count: number) => void;

interface InLoop {
  readonly name: string;
  readonly loop: LoopName;
  /** What the loop reads; other types are left to tfjs' kernel. */
  readonly from: "float32" | "bool";
  readonly to: "float32" | "bool";
  /** Whether the loop gets b before a. */
  readonly isExchanged?: boolean;
}

/** Loops that replace tfjs' own. Its Maximum and Minimum lose NaN in the second operand. */
const inLoops: readonly InLoop[] = [
  { name: Equal, loop: "equal", from: "float32", to: "bool" },
  { name: Greater, loop: "greater", from: "float32", to: "bool" },
  { name: GreaterEqual, loop: "greaterEqual", from: "float32", to: "bool" },
  { name: Less, loop: "greater", from: "float32", to: "bool", isExchanged: true },
  { name: LessEqual, loop: "greaterEqual", from: "float32", to: "bool", isExchanged: true },
  { name: LogicalAnd, loop: "both", from: "bool", to: "bool" },
  { name: LogicalOr, loop: "either", from: "bool", to: "bool" },
  { name: Maximum, loop: "maximum", from: "float32", to: "float32" },
  { name: Minimum, loop: "minimum", from: "float32", to: "float32" },
  { name: NotEqual, loop: "notEqual", from: "float32", to: "bool" },
];

export const binary: readonly TrainingKernel[] = [
  ...broadcastsFloats.map((name) => throughOriginal(name, true)),
  ...others.map((name) => throughOriginal(name, false)),
  ...inLoops.map(throughLoop),
];

/**
 * tfjs' own reads alpha as the values for the last axes of each example, whatever its shape is, and
 * now and then returns what lies in memory; it has NaN for infinity and zero times such an alpha.
 */
export const prelu = kernel<{ x: TensorInfo; alpha: TensorInfo }, object>(
  Prelu,
  ({ inputs, heap }) => {
    const cast = (x: TensorInfo) => runKernel(heap, Cast, { x }, { dtype: "float32" });
    const [x, alpha] = [cast(inputs.x), cast(inputs.alpha)];
    try {
      return runLoop(heap, x, alpha, { loop: "prelu", to: "float32" });
    } finally {
      for (const { dataId } of [x, alpha]) heap.backend.disposeData(dataId);
    }
  },
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

function throughLoop(given: InLoop): TrainingKernel {
  const { run } = throughOriginal(given.name, false);
  return kernel<Operands, object>(given.name, (call) => {
    const { a, b } = call.inputs;
    if (a.dtype !== given.from || b.dtype !== given.from) return run(call as never);
    return given.isExchanged ? runLoop(call.heap, b, a, given) : runLoop(call.heap, a, b, given);
  });
}

function runLoop(
  heap: Heap,
  a: TensorInfo,
  b: TensorInfo,
  { loop, to }: Pick<InLoop, "loop" | "to">,
): TensorInfo {
  const shape = broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
  return withBroadcast(heap, [a, b], shape, false, ([wideA = a, wideB = b]) => {
    const out = heap.output(shape, to);
    const addresses = [wideA, wideB, out].map((tensor) => heap.addressOf(tensor));
    const [first = 0, second = 0, target = 0] = addresses;
    heap.assembly[loop](first, second, target, util.sizeFromShape(shape));
    return out;
  });
}
