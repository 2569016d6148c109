/**
 * Told by an executor how far it is with an operation; for a timeline. Each mark ends the phase that
 * began at the mark before.
 *
 *   over links          prepare, then a hop for each that has arrived whole, then reduce, where
 *                       that waits for all of them, then flush: until the last segment sent has
 *                       left the arena
 *   in shared memory    prepare, wait for others, reduce (copies too), wait for end
 *   compressed          encode before and decode after each collective that it takes
 *   and across hosts    prepare, wait for others, reduce, wait for others, across hosts, copy, wait for end
 */
export type ExecutionPhase =
  | "prepare"
  | "hop"
  | "flush"
  | "wait for others"
  | "reduce"
  | "across hosts"
  | "copy"
  | "wait for end"
  | "encode"
  | "decode";

export interface ExecutionTrace {
  /** `bytes` where they are not all of the operation's; `hop` and `peer` for hops. */
  mark(phase: ExecutionPhase, bytes?: number, hop?: number, peer?: number): void;
}

/** Where one operation may begin while another is on its way, also told whose phases these are. */
export interface SharedTrace<T> extends ExecutionTrace {
  begin(operation: T): void;
  /** Back to one that has begun before. */
  turnTo(operation: T): void;
  /** Before anybody is told that it is done, who might then release it. */
  end(): void;
}
