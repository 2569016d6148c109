/**
 * Links over framed TCP sockets: each rank serves its segments, and pulls those of the peers it
 * dials. Both sides of a connection prove that they know the token of the job. docs/protocol.md has
 * the wire.
 */
import { isIP } from "node:net";
import { type Clock, KoloError, type Logger, silentLogger, systemClock } from "@kolo/core";
import { checkPeer } from "../check-peer.js";
import { StripedIncomingLink } from "../channels/striped-incoming-link.js";
import { StripedOutgoingLink } from "../channels/striped-outgoing-link.js";
import { type IncomingLink, type OutgoingLink, type Receiver, type Transport } from "../link.js";
import { decideHello } from "./decide-hello.js";
import { pullOverTcp } from "./incoming-tcp-link.js";
import { OutgoingTcpLink } from "./outgoing-tcp-link.js";
import { type TcpSecurity } from "./tcp-security.js";
import { TcpServer } from "./tcp-server.js";

export interface TcpTransportOptions {
  readonly rank: number;
  readonly size: number;
  /** The membership of the world; peers of another are refused. */
  readonly generation: number;
  /** The token of the job: proven to peers, and by them. */
  readonly token: string;
  /** Address to listen on; a loopback one where nothing is encrypted. Default 127.0.0.1. */
  readonly host?: string;
  /** Payload bytes of one segment at most; the same on every rank. */
  readonly segmentBytes: number;
  /** Connections that a link has; the same on every rank. Default 1. */
  readonly channels?: number;
  /** How long a peer may take to accept a dial, before it counts as lost. Default 30 000. */
  readonly connectTimeoutMs?: number;
  /** Mutual TLS 1.3, on all ranks alike. Default: none, on loopback. */
  readonly secure?: TcpSecurity;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** Strangers and peers that may be shaking hands at once, beside those of the peers. */
const spareConnections = 64;

/** Throws `config_invalid` where the host is not a loopback address and nothing is encrypted. */
export function createTcpTransport(options: TcpTransportOptions): Transport {
  return new TcpTransport(options);
}

class TcpTransport implements Transport {
  readonly name = "tcp";
  readonly #options: Required<Omit<TcpTransportOptions, "secure">>;
  readonly #secure: TcpSecurity | undefined;
  readonly #server: TcpServer;
  readonly #incoming = new Map<number, StripedIncomingLink>();
  readonly #outgoing = new Map<number, StripedOutgoingLink<OutgoingTcpLink>>();
  #addresses: readonly string[] = [];
  #closed: Promise<void> | undefined;

  constructor({ secure, ...options }: TcpTransportOptions) {
    this.#options = {
      host: "127.0.0.1",
      channels: 1,
      connectTimeoutMs: 30_000,
      logger: silentLogger,
      clock: systemClock,
      ...options,
    };
    this.#secure = secure;
    const { host, token, clock, logger, size, channels } = this.#options;
    if (secure === undefined && !isLoopback(host)) {
      throw new KoloError(
        "config_invalid",
        `expected a loopback address to serve segments on, got ${host}: they are not encrypted`,
      );
    }
    const hasPulled = (peer: number, channel: number): boolean =>
      this.#outgoing.get(peer)?.channels[channel]?.isPulled ?? false;
    this.#server = new TcpServer({
      ...{ token, clock, logger, secure },
      maxConnections: size * channels + spareConnections,
      decide: (greeting, hello) => decideHello(greeting, hello, { ...this.#options, hasPulled }),
      accept: (peer, channel, socket) => {
        const link = this.#outgoingTo(peer).channels[channel];
        if (this.#closed !== undefined) link?.end();
        link?.attach(socket);
      },
    });
  }

  listen(): Promise<string> {
    return this.#server.listen(this.#options.host);
  }

  setPeers(addresses: readonly string[]): void {
    const { rank, size } = this.#options;
    if (addresses.length !== size) {
      throw new KoloError("internal", `expected ${size} addresses, got ${addresses.length}`, {
        rank,
      });
    }
    this.#addresses = addresses;
  }

  dial(peer: number, receiver: Receiver): IncomingLink {
    const { rank, size, generation, channels } = this.#options;
    const { token, segmentBytes, connectTimeoutMs, clock } = this.#options;
    checkPeer(peer, rank, size);
    const address = this.#addresses[peer];
    if (address === undefined || this.#incoming.has(peer) || this.#closed !== undefined) {
      const message = `rank ${rank} dials rank ${peer} before setPeers, twice, or after close`;
      throw new KoloError("internal", message, { rank, peer });
    }
    const link = new StripedIncomingLink({
      ...{ peer, receiver, channelCount: channels },
      dial: (channel, part, onOpen) =>
        pullOverTcp({
          place: { rank, peer, address, generation, channel, channels },
          ...{ receiver: part, onOpen, token, segmentBytes, connectTimeoutMs, clock },
          secure: this.#secure,
        }),
    });
    this.#incoming.set(peer, link);
    return link;
  }

  serve(peer: number): OutgoingLink {
    return this.#outgoingTo(peer);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const { channels } of this.#outgoing.values()) for (const link of channels) link.end();
    for (const link of this.#incoming.values()) link.end();
    await this.#server.close();
  }

  #outgoingTo(peer: number): StripedOutgoingLink<OutgoingTcpLink> {
    const { rank, size, segmentBytes, channels } = this.#options;
    checkPeer(peer, rank, size);
    let link = this.#outgoing.get(peer);
    if (link === undefined) {
      link = new StripedOutgoingLink(peer, channels, () => new OutgoingTcpLink(peer, segmentBytes));
      this.#outgoing.set(peer, link);
    }
    return link;
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
