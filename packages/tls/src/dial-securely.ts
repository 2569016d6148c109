/** A connection on which both sides have shown a certificate of the job, and the right one answers. */
import { type TcpNetConnectOpts } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import { type Credentials, type PeerName } from "@kolo/core";
import { checkPeerIdentity, tlsOptions } from "./tls-options.js";

export interface SecureDialOptions {
  readonly to: Pick<TcpNetConnectOpts, "host" | "port" | "noDelay" | "keepAlive">;
  readonly credentials: Credentials;
  /** Who must answer. */
  readonly peer: PeerName;
  /** What is spoken inside, as ALPN names it. */
  readonly protocol?: string;
}

/**
 * Emits "secureConnect" when the listener is known to be the peer, and before that nothing but
 * "error" and "close". What the listener thinks of this side, TLS 1.3 tells only afterwards.
 */
export function dialSecurely({ to, credentials, peer, protocol }: SecureDialOptions): TLSSocket {
  return connect({
    ...to,
    ...tlsOptions(credentials),
    ...(protocol !== undefined && { ALPNProtocols: [protocol] }),
    // Else NODE_TLS_REJECT_UNAUTHORIZED=0, which some set for a proxy of theirs, would let in anybody.
    rejectUnauthorized: true,
    checkServerIdentity: checkPeerIdentity(credentials.job, peer),
  });
}
