/**
 * A plan says, for one rank and one operation, what is sent where, and what happens to what
 * arrives. Plans are pure data, made without I/O or clock; the executor runs them.
 *
 *   local      moves inside the buffer before anything travels
 *   sends      what this rank sends, in order of hops: each once all of earlier hops has arrived
 *   receives   what arrives, in order of hops per peer: reduce or copy, then perhaps forward it
 *   folds      what is reduced inside the buffer once everything has arrived
 *
 * Every range travels as segments of at most `segmentElements`; an empty range travels as one empty
 * segment, so that each link carries at least one message an operation and ranks that disagree find
 * out. A segment is forwarded as soon as it is applied: that is the pipeline.
 */
import { type DType, type ReduceOp } from "@kolo/core";
import { type KernelOp } from "@kolo/kernels";

/** Elements of the operation's buffer. */
export interface Range {
  readonly offset: number;
  readonly count: number;
}

export interface Send {
  readonly peer: number;
  readonly hop: number;
  readonly range: Range;
}

export interface Receive {
  readonly peer: number;
  readonly hop: number;
  readonly range: Range;
  readonly action: "reduce" | "copy";
  /** The range is final for the world after this: divide for the average, postscale. */
  readonly finish: boolean;
  /** Send it on as hop + 1. */
  readonly forwardTo: number | undefined;
}

/** A range becomes the reduction of as many elements in several places, and is final then. */
export interface Fold {
  readonly range: Range;
  /** Where they begin, in the order in which they are reduced; one is just copied. */
  readonly operands: readonly number[];
}

export interface Move {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Where a rank's input and output lie in the operation's buffer. */
export interface Layout {
  readonly elements: number;
  readonly input: Range;
  readonly output: Range;
}

/** What every way of running an operation needs. */
export interface BasePlan {
  /** Names the algorithm, e.g. "ring-all-reduce". */
  readonly algorithm: string;
  readonly dtype: DType;
  readonly op: ReduceOp | undefined;
  readonly prescale: number;
  readonly postscale: number;
  /** The average divides by this; 1 otherwise. */
  readonly divisor: number;
  readonly layout: Layout;
  readonly local: readonly Move[];
  /** Of all that decides the bits of the result, equal on every rank. */
  readonly hash: number;
}

/** Over links. */
export interface Plan extends BasePlan {
  readonly segmentElements: number;
  readonly sends: readonly Send[];
  readonly receives: readonly Receive[];
  readonly folds: readonly Fold[];
}

/** An average is a sum until the end. */
export function kernelOpOf({ op }: BasePlan): KernelOp {
  return op === undefined || op === "average" ? "sum" : op;
}
