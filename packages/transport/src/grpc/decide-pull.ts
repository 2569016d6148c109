/** The answer to a caller that knows the token, in gRPC's words. */
import { isKoloError } from "@kolo/core";
import { type Caller, type Door, type PeerRefusal, refusePeer } from "../decide-peer.js";
import { grpcStatus, type Refusal } from "./grpc-status.js";
import { decodePullRequest } from "./pull-request.js";

export type PullDecision =
  | { readonly open: true; readonly peer: number; readonly channel: number }
  | { readonly open: false; readonly refusal: Refusal };

const codes: Record<PeerRefusal["reason"], number> = {
  malformed: grpcStatus.invalidArgument,
  "another name": grpcStatus.permissionDenied,
  "stale generation": grpcStatus.failedPrecondition,
  "second connection": grpcStatus.alreadyExists,
};

/** `shown` is the name in the certificate of the caller, if it has one. */
export function decidePull(message: Buffer, door: Door, shown: string | undefined): PullDecision {
  let caller: Caller;
  try {
    caller = decodePullRequest(message);
  } catch (error) {
    if (!isKoloError(error)) throw error;
    return { open: false, refusal: { code: codes.malformed, details: error.message } };
  }
  const refused = refusePeer(caller, door, shown);
  if (refused === undefined) return { open: true, peer: caller.rank, channel: caller.channel };
  const { reason, details } = refused;
  return { open: false, refusal: { code: codes[reason], details } };
}
