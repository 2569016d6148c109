/**
 * Links over gRPC on one host: each rank serves its segments, and pulls those of the
 * peers it dials. Every call shows the token of the job. docs/protocol.md has the wire.
 */
import { type ServerHttp2Stream } from "node:http2";
import { type Clock, KoloError, type Logger, silentLogger, systemClock } from "@kolo/core";
import { checkPeer } from "../check-peer.js";
import { StripedIncomingLink } from "../channels/striped-incoming-link.js";
import { StripedOutgoingLink } from "../channels/striped-outgoing-link.js";
import { type IncomingLink, type OutgoingLink, type Receiver, type Transport } from "../link.js";
import { decidePull } from "./decide-pull.js";
import { pullSegments } from "./incoming-grpc-link.js";
import { type Refusal } from "./grpc-status.js";
import { OutgoingGrpcLink } from "./outgoing-grpc-link.js";
import { SegmentsServer } from "./segments-server.js";

export interface GrpcTransportOptions {
  readonly rank: number;
  readonly size: number;
  /** The membership of the world; peers of another are refused. */
  readonly generation: number;
  /** The token of the job: shown to peers, and asked of them. */
  readonly token: string;
  /**
   * Address to listen on; a loopback one, since nothing is encrypted. Default: none but a Unix
   * socket, and 127.0.0.1 where that cannot be had.
   */
  readonly host?: string;
  /** Payload bytes of one segment at most; the same on every rank. */
  readonly segmentBytes: number;
  /** Connections that a link has; the same on every rank. Default 1. */
  readonly channels?: number;
  /** How long a peer may take to accept a dial, before it counts as lost. Default 30 000. */
  readonly connectTimeoutMs?: number;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** Throws `config_invalid` where the host is not a loopback address. */
export function createGrpcTransport(options: GrpcTransportOptions): Transport {
  return new GrpcTransport(options);
}

const defaults = {
  channels: 1,
  connectTimeoutMs: 30_000,
  logger: silentLogger,
  clock: systemClock,
};

class GrpcTransport implements Transport {
  readonly name = "grpc";
  readonly #options: GrpcTransportOptions & typeof defaults;
  readonly #server: SegmentsServer;
  readonly #incoming = new Map<number, StripedIncomingLink>();
  readonly #outgoing = new Map<number, StripedOutgoingLink<OutgoingGrpcLink>>();
  #addresses: readonly string[] = [];
  #closed: Promise<void> | undefined;

  constructor(options: GrpcTransportOptions) {
    this.#options = { ...defaults, ...options };
    const { host, clock, token, logger } = this.#options;
    if (
      host !== undefined &&
      host !== "localhost" &&
      host !== "::1" &&
      !/^127\.\d+\.\d+\.\d+$/.test(host)
    ) {
      throw new KoloError(
        "config_invalid",
        `expected a loopback address to serve segments on, got ${host}: they are not encrypted`,
      );
    }
    this.#server = new SegmentsServer({
      clock,
      token,
      answer: (request, stream) => this.#answer(request, stream),
      onRefusal: ({ details }) => {
        logger.warn(`refused a pull: ${details}`);
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
        pullSegments({
          place: { rank, peer, address, generation, channel, channels },
          ...{ receiver: part, onOpen, token, segmentBytes, connectTimeoutMs, clock },
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

  #outgoingTo(peer: number): StripedOutgoingLink<OutgoingGrpcLink> {
    const { rank, size, segmentBytes, channels } = this.#options;
    checkPeer(peer, rank, size);
    let link = this.#outgoing.get(peer);
    if (link === undefined) {
      link = new StripedOutgoingLink(
        peer,
        channels,
        () => new OutgoingGrpcLink(peer, segmentBytes),
      );
      this.#outgoing.set(peer, link);
    }
    return link;
  }

  #answer(request: Buffer, stream: ServerHttp2Stream): Refusal | undefined {
    const hasPulled = (peer: number, channel: number): boolean =>
      this.#outgoing.get(peer)?.channels[channel]?.isPulled ?? false;
    const decision = decidePull(request, { ...this.#options, hasPulled });
    if (!decision.open) return decision.refusal;
    const link = this.#outgoingTo(decision.peer).channels[decision.channel];
    if (this.#closed !== undefined) link?.end();
    link?.attach(stream);
    return undefined;
  }
}
