/**
 * What went wrong with a pull, in kolo's words: the one place where what the peer answered, and what
 * the system says about a socket, is translated. Whatever has no meaning of its own is a lost peer.
 */
import { KoloError, type KoloErrorCode } from "@kolo/core";
import { isCertificateTrouble } from "@kolo/tls";
import { type PullPlace } from "../socket-transport.js";
import { type Status } from "./handshake.js";

const meanings = {
  unauthenticated: ["unauthenticated", "does not know the token of this job"],
  malformed: ["message_invalid", "refused the request for segments"],
  "stale generation": ["generation_stale", "belongs to another membership of the world"],
  "second connection": ["unauthenticated", "already serves another process with this rank"],
  "another name": ["unauthenticated", "finds another name in the certificate of this rank"],
  "unproven answer": ["unauthenticated", "cannot prove that it knows the token of this job"],
  "other version": ["message_invalid", "speaks another version of the protocol"],
  "broken connection": ["peer_lost", "broke the connection"],
  "no answer": ["peer_lost", "did not answer in time"],
  certificate: ["unauthenticated", "and this rank do not accept each other's certificates"],
} as const satisfies Record<string, readonly [KoloErrorCode, string]>;

export type TcpTrouble = Exclude<Status, "accepted"> | keyof typeof meanings;

export function tcpError(trouble: TcpTrouble, place: PullPlace, cause?: Error): KoloError {
  const { rank, peer, address, generation } = place;
  const [code, what] = meanings[trouble];
  const reason = cause === undefined ? "" : `: ${cause.message}`;
  const message = `rank ${rank} pulls from rank ${peer} at ${address}, which ${what}${reason}`;
  return new KoloError(code, message, {
    ...{ rank, peer, generation },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** What ended a socket before all was said. */
export function troubleOf(error: Error): TcpTrouble {
  return isCertificateTrouble(error) ? "certificate" : "broken connection";
}
