/**
 * What went wrong with a pull, in kolo's words: the one place where gRPC statuses are translated.
 * Whatever has no meaning of its own is a broken stream, and a broken stream is a lost peer.
 */
import { KoloError, type KoloErrorCode } from "@kolo/core";
import { type PullPlace } from "../socket-transport.js";
import { grpcStatus, type Refusal } from "./grpc-status.js";

const meanings: Partial<Record<number, readonly [code: KoloErrorCode, what: string]>> = {
  [grpcStatus.unauthenticated]: ["unauthenticated", "does not know the token of this job"],
  [grpcStatus.permissionDenied]: [
    "unauthenticated",
    "finds another name in the certificate of this rank",
  ],
  [grpcStatus.alreadyExists]: ["unauthenticated", "already serves another process with this rank"],
  [grpcStatus.failedPrecondition]: [
    "generation_stale",
    "belongs to another membership of the world",
  ],
  [grpcStatus.invalidArgument]: ["message_invalid", "refused the request for segments"],
  [grpcStatus.resourceExhausted]: [
    "message_invalid",
    "sent a message that is larger than a segment",
  ],
  [grpcStatus.unimplemented]: ["message_invalid", "speaks another version of the protocol"],
};

export function toKoloError(refusal: Refusal, place: PullPlace): KoloError {
  const [code, what] = meanings[refusal.code] ?? ["peer_lost", "broke the connection"];
  return pullError(code, what, refusal.details, place);
}

/** One side does not accept the certificate of the other. */
export function certificateError(reason: string, place: PullPlace): KoloError {
  const what = "and this rank do not accept each other's certificates";
  return pullError("unauthenticated", what, reason, place);
}

function pullError(code: KoloErrorCode, what: string, details: string, place: PullPlace) {
  const { rank, peer, address, generation } = place;
  return new KoloError(
    code,
    `rank ${rank} pulls from rank ${peer} at ${address}, which ${what}: ${details}`,
    { rank, peer, generation },
  );
}
