/** Whether a call may pull segments: a pure decision, in the order of docs/protocol.md. */
import { type Metadata, status } from "@grpc/grpc-js";
import { authorizationKey, isKoloError, showsToken } from "@kolo/core";
import { decodePullRequest, type PullRequest } from "./pull-request.js";

export interface Door {
  readonly rank: number;
  readonly size: number;
  readonly generation: number;
  readonly token: string;
  /** Whether that rank has pulled before: a second stream would begin in the middle. */
  readonly hasPulled: (peer: number) => boolean;
}

export type PullDecision =
  | { readonly open: true; readonly peer: number }
  | { readonly open: false; readonly code: status; readonly details: string };

/** The token comes first: without it, nothing else of the call is looked at. */
export function decidePull(metadata: Metadata, message: Buffer, door: Door): PullDecision {
  if (!showsToken(metadata.get(authorizationKey), door.token)) {
    return refuse(status.UNAUTHENTICATED, "expected the token of the job in the call's metadata");
  }
  let request: PullRequest;
  try {
    request = decodePullRequest(message);
  } catch (error) {
    if (!isKoloError(error)) throw error;
    return refuse(status.INVALID_ARGUMENT, error.message);
  }
  const { rank: peer, generation } = request;
  if (peer >= door.size || peer === door.rank) {
    const details = `expected a rank below ${door.size} other than ${door.rank}, got ${peer}`;
    return refuse(status.INVALID_ARGUMENT, details);
  }
  if (generation !== door.generation) {
    const details = `expected generation ${door.generation}, got ${generation}`;
    return refuse(status.FAILED_PRECONDITION, details);
  }
  if (door.hasPulled(peer)) {
    return refuse(status.ALREADY_EXISTS, `expected one pull a rank, got a second of rank ${peer}`);
  }
  return { open: true, peer };
}

function refuse(code: status, details: string): PullDecision {
  return { open: false, code, details };
}
