/**
 * What a rank notes while a timeline is recorded: a record for each span of time, as eight numbers,
 * because a text would cost the training more than all else. A launcher makes text of them at the end.
 */

/** A rank's threads that are in a timeline, in the order in which viewers show them. */
export const traceThreads = ["main", "communication", "shared memory"] as const;
export type TraceThread = (typeof traceThreads)[number];

/** What is done in a span; these are the names of the trace. */
export const spanKinds = [
  // Of the main thread.
  "step",
  "compute",
  "plan",
  "pack",
  "wait",
  "unpack",
  "apply",
  // Of the threads that run operations.
  "run",
  "queue",
  "prepare",
  "hop",
  "flush",
  "wait for others",
  "reduce",
  "across hosts",
  "copy",
  "wait for end",
  "encode",
  "decode",
  // Of any thread, by whoever reads its records: so many, as bytes, were lost before here.
  "dropped",
] as const;
export type SpanKind = (typeof spanKinds)[number];

/** No operation, hop or peer; for bytes, those of the operation. */
export const absent = -1;

/**
 * Places in a record, of 64-bit floats. `kind` is an index of `spanKinds`, times are microseconds of the
 * host's monotonic clock, `operation` is the id of a prepared operation, or `absent`.
 */
export const traceField = {
  ...{ kind: 0, fromUs: 1, toUs: 2, operation: 3 },
  ...{ step: 4, bytes: 5, hop: 6, peer: 7 },
} as const;
/** Numbers in a record. */
export const traceFieldCount = 8;

/** What an operation is called in a timeline. */
export interface OperationLabel {
  /** As in: allReduce gradients/0 */
  readonly title: string;
  readonly name: string;
  /** Of what goes in or comes out of it, whichever is more. */
  readonly bytes: number;
  /** Hash of its plan. */
  readonly plan: string;
}
