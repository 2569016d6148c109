/**
 * How the monotonic clock of another host goes by that of the machine on which a trace is made, whose
 * time the trace is in.
 */
export interface TraceClock {
  /** As the user wrote it. */
  readonly host: string;
  /** How far the clock there is ahead when it shows `us`, in microseconds. */
  readonly aheadUs: (us: number) => number;
  /** By how much that may be wrong, either way. */
  readonly errorUs: number;
}
