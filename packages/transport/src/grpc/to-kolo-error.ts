/**
 * What went wrong with a pull, in kolo's words: the one place where gRPC statuses are translated.
 * Whatever has no meaning of its own is a broken stream, and a broken stream is a lost peer.
 */
import { type ServiceError, status } from "@grpc/grpc-js";
import { KoloError, type KoloErrorCode } from "@kolo/core";

export interface PullPlace {
  readonly rank: number;
  /** The rank that was pulled from. */
  readonly peer: number;
  readonly address: string;
  readonly generation: number;
}

const meanings: Partial<Record<status, readonly [code: KoloErrorCode, what: string]>> = {
  [status.UNAUTHENTICATED]: ["unauthenticated", "does not know the token of this job"],
  [status.ALREADY_EXISTS]: ["unauthenticated", "already serves another process with this rank"],
  [status.FAILED_PRECONDITION]: ["generation_stale", "belongs to another membership of the world"],
  [status.INVALID_ARGUMENT]: ["message_invalid", "refused the request for segments"],
  [status.RESOURCE_EXHAUSTED]: ["message_invalid", "sent a message that is larger than a segment"],
  [status.UNIMPLEMENTED]: ["message_invalid", "speaks another version of the protocol"],
};

export function toKoloError(error: ServiceError, place: PullPlace): KoloError {
  const { rank, peer, address, generation } = place;
  const [code, what] = meanings[error.code] ?? ["peer_lost", "broke the connection"];
  return new KoloError(
    code,
    `rank ${rank} pulls from rank ${peer} at ${address}, which ${what}: ${error.details}`,
    { rank, peer, generation, cause: error },
  );
}
