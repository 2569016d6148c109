import { type ErrorWire } from "@kolo/core";

/** An error that only tells that somebody else is gone. */
export interface Symptom {
  /** Who is gone, where it is a peer that the error names. */
  readonly peer: number | undefined;
}

/**
 * Whether an error, or what led to it, is only a symptom. A rank that throws on because its peer
 * was lost reports what it threw, with the lost peer as its cause.
 */
export function symptomOf(error: ErrorWire): Symptom | undefined {
  for (let link: ErrorWire | undefined = error; link !== undefined; link = link.cause) {
    if (link.code === "peer_lost") return { peer: link.context?.peer };
    if (link.code === "coordinator_lost") return { peer: undefined };
  }
  return undefined;
}
