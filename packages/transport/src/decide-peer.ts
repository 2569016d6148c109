/**
 * Whether a caller that knows the token may pull: a pure decision, in the order of docs/protocol.md,
 * for every transport that has callers.
 */
import { checkPeerName } from "@kolo/core";

/** Who says to be calling, and what for. */
export interface Caller {
  readonly rank: number;
  readonly generation: number;
  /** Which of the link's connections this is to be: 0 … channels - 1. */
  readonly channel: number;
  /** How many connections the caller takes the link to have. */
  readonly channels: number;
}

export interface Door {
  readonly rank: number;
  readonly size: number;
  readonly generation: number;
  /** The job whose certificates callers show; undefined where they show none. */
  readonly job: string | undefined;
  /** Connections that a link has. */
  readonly channels: number;
  /** Whether that rank has pulled it before: a second stream would begin in the middle. */
  readonly hasPulled: (peer: number, channel: number) => boolean;
}

export interface PeerRefusal {
  readonly reason: "malformed" | "another name" | "stale generation" | "second connection";
  readonly details: string;
}

/** Undefined where the door is open. `shown` is the name in the caller's certificate, if it has one. */
export function refusePeer(
  caller: Caller,
  door: Door,
  shown: string | undefined,
): PeerRefusal | undefined {
  const { rank: peer, generation, channel, channels } = caller;
  if (peer >= door.size || peer === door.rank) {
    const details = `expected a rank below ${door.size} other than ${door.rank}, got ${peer}`;
    return { reason: "malformed", details };
  }
  if (door.job !== undefined) {
    const details = checkPeerName(shown, door.job, { kind: "rank", rank: peer });
    if (details !== undefined) return { reason: "another name", details };
  }
  if (channels !== door.channels || channel >= door.channels) {
    const details = `expected one of ${door.channels} channels, got number ${channel} of ${channels}`;
    return { reason: "malformed", details };
  }
  if (generation !== door.generation) {
    const details = `expected generation ${door.generation}, got ${generation}`;
    return { reason: "stale generation", details };
  }
  if (door.hasPulled(peer, channel)) {
    const details = `expected one pull a rank and channel, got a second of rank ${peer}`;
    return { reason: "second connection", details };
  }
  return undefined;
}
