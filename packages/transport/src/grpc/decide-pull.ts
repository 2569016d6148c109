/** Whether a caller that knows the token may pull: a pure decision, in the order of docs/protocol.md. */
import { isKoloError } from "@kolo/core";
import { grpcStatus, type Refusal } from "./grpc-status.js";
import { decodePullRequest, type PullRequest } from "./pull-request.js";

export interface Door {
  readonly rank: number;
  readonly size: number;
  readonly generation: number;
  /** Connections that a link has. */
  readonly channels: number;
  /** Whether that rank has pulled it before: a second stream would begin in the middle. */
  readonly hasPulled: (peer: number, channel: number) => boolean;
}

export type PullDecision =
  | { readonly open: true; readonly peer: number; readonly channel: number }
  | { readonly open: false; refusal: Refusal };

export function decidePull(message: Buffer, door: Door): PullDecision {
  let request: PullRequest;
  try {
    request = decodePullRequest(message);
  } catch (error) {
    if (!isKoloError(error)) throw error;
    return refuse(grpcStatus.invalidArgument, error.message);
  }
  const { rank: peer, generation, channel, channels } = request;
  if (peer >= door.size || peer === door.rank) {
    const details = `expected a rank below ${door.size} other than ${door.rank}, got ${peer}`;
    return refuse(grpcStatus.invalidArgument, details);
  }
  if (channels !== door.channels || channel >= door.channels) {
    const details = `expected one of ${door.channels} channels, got number ${channel} of ${channels}`;
    return refuse(grpcStatus.invalidArgument, details);
  }
  if (generation !== door.generation) {
    const details = `expected generation ${door.generation}, got ${generation}`;
    return refuse(grpcStatus.failedPrecondition, details);
  }
  if (door.hasPulled(peer, channel)) {
    const details = `expected one pull a rank and channel, got a second of rank ${peer}`;
    return refuse(grpcStatus.alreadyExists, details);
  }
  return { open: true, peer, channel };
}

function refuse(code: number, details: string): PullDecision {
  return { open: false, refusal: { code, details } };
}
