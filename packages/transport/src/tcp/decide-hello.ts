/** Whether who says hello may pull segments: a pure decision, in the order of docs/protocol.md. */
import { type Door, refusePeer } from "../decide-peer.js";
import { isOurs, provesToken, readHello, type Status } from "./handshake.js";

export interface TcpDoor extends Door {
  readonly token: string;
}

export type HelloDecision =
  | { readonly open: true; readonly peer: number; readonly channel: number }
  | {
      readonly open: false;
      readonly status: Exclude<Status, "accepted">;
      readonly details: string;
    };

/**
 * The proof comes first: without it, nothing that the hello claims is looked at. `shown` is the name
 * in the caller's certificate, if it has one.
 */
export function decideHello(
  greeting: Buffer,
  message: Buffer,
  door: TcpDoor,
  shown: string | undefined,
): HelloDecision {
  if (!isOurs(message)) return refuse("malformed", "expected a hello of this version of kolo");
  if (!provesToken(message, greeting, door.token)) {
    return refuse("unauthenticated", "expected a proof of the token of the job");
  }
  const caller = readHello(message);
  if (caller.peer !== door.rank) {
    return refuse("malformed", `expected a call for rank ${door.rank}, got one for ${caller.peer}`);
  }
  const refused = refusePeer(caller, door, shown);
  if (refused !== undefined) return refuse(refused.reason, refused.details);
  return { open: true, peer: caller.rank, channel: caller.channel };
}

function refuse(status: Exclude<Status, "accepted">, details: string): HelloDecision {
  return { open: false, status, details };
}
