/** Whether who says hello may pull segments: a pure decision, in the order of docs/protocol.md. */
import { isOurs, provesToken, readHello, type Status } from "./handshake.js";

export interface TcpDoor {
  readonly rank: number;
  readonly size: number;
  readonly generation: number;
  readonly token: string;
  /** Connections that a link has. */
  readonly channels: number;
  /** Whether that rank has pulled it before: a second stream would begin in the middle. */
  readonly hasPulled: (peer: number, channel: number) => boolean;
}

export type HelloDecision =
  | { readonly open: true; readonly peer: number; readonly channel: number }
  | {
      readonly open: false;
      readonly status: Exclude<Status, "accepted">;
      readonly details: string;
    };

/** The proof comes first: without it, nothing that the hello claims is looked at. */
export function decideHello(greeting: Buffer, message: Buffer, door: TcpDoor): HelloDecision {
  if (!isOurs(message)) return refuse("malformed", "expected a hello of this version of kolo");
  if (!provesToken(message, greeting, door.token)) {
    return refuse("unauthenticated", "expected a proof of the token of the job");
  }
  const { rank: peer, peer: dialled, generation, channel, channels } = readHello(message);
  if (dialled !== door.rank) {
    return refuse("malformed", `expected a call for rank ${door.rank}, got one for ${dialled}`);
  }
  if (peer >= door.size || peer === door.rank) {
    const details = `expected a rank below ${door.size} other than ${door.rank}, got ${peer}`;
    return refuse("malformed", details);
  }
  if (channels !== door.channels || channel >= door.channels) {
    const details = `expected one of ${door.channels} channels, got number ${channel} of ${channels}`;
    return refuse("malformed", details);
  }
  if (generation !== door.generation) {
    const details = `expected generation ${door.generation}, got ${generation}`;
    return refuse("stale generation", details);
  }
  if (door.hasPulled(peer, channel)) {
    const details = `expected one connection a rank and channel, got a second of rank ${peer}`;
    return refuse("second connection", details);
  }
  return { open: true, peer, channel };
}

function refuse(status: Exclude<Status, "accepted">, details: string): HelloDecision {
  return { open: false, status, details };
}
