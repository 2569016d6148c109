/**
 * Links over sockets, whatever is spoken on them: each rank serves its segments, and pulls those of
 * the peers it dials. What is spoken is a `Wire`: gRPC (grpc/) or frames of our own (tcp/).
 */
import {
  type Clock,
  type Credentials,
  KoloError,
  type ListenOn,
  type Logger,
  type Protection,
  RefusalLog,
  silentLogger,
  systemClock,
} from "@kolo/core";
import { type IncomingChannel, StripedIncomingLink } from "./channels/striped-incoming-link.js";
import { StripedOutgoingLink } from "./channels/striped-outgoing-link.js";
import { checkPeer } from "./check-peer.js";
import { type Door } from "./decide-peer.js";
import { type IncomingLink, type OutgoingLink, type Receiver, type Transport } from "./link.js";
import { listeningHost } from "./listening-host.js";
import { PulledLink, type SegmentStream } from "./pulled-link.js";

/** With `secure`, all ranks speak mutual TLS 1.3, and each must have the certificate of its rank. */
export interface SocketTransportOptions extends Protection {
  readonly rank: number;
  readonly size: number;
  /** The membership of the world; peers of another are refused. */
  readonly generation: number;
  /** The token of the job: what ranks know each other by. */
  readonly token: string;
  /** Payload bytes of one segment at most; the same on every rank. */
  readonly segmentBytes: number;
  /** Connections that a link has; the same on every rank. Default 1. */
  readonly channels?: number;
  /** How long a peer may take to accept a dial, before it counts as lost. Default 30 000. */
  readonly connectTimeoutMs?: number;
  /** An address of this host that its peers reach. Default: loopback, in the way that is fastest. */
  readonly listenOn?: ListenOn;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

/** Strangers and peers that may be shaking hands at once, beside the connections of the links. */
const spareConnections = 64;

/** Where a pull goes. */
export interface PullPlace {
  readonly rank: number;
  /** The rank that is pulled from. */
  readonly peer: number;
  readonly address: string;
  readonly generation: number;
  /** Which of the link's connections, and of how many. */
  readonly channel: number;
  readonly channels: number;
}

export interface PullOptions {
  readonly place: PullPlace;
  readonly receiver: Receiver;
  /** Called when the peer has accepted the call. */
  readonly onOpen: () => void;
  readonly token: string;
  readonly secure: Credentials | undefined;
  readonly segmentBytes: number;
  /** How long the peer may take to accept the call. */
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
}

/** What every server of segments is made of. */
export interface ServerSettings {
  readonly token: string;
  /** Mutual TLS with these; undefined: none. */
  readonly secure: Credentials | undefined;
  /** Connections at a time. */
  readonly maxConnections: number;
  readonly refusals: RefusalLog;
  readonly clock: Clock;
}

export interface WireServer {
  /**
   * Resolves with the address that peers dial. Without a host, that is on loopback. Throws
   * `config_invalid` where it cannot listen.
   */
  listen(host: string | undefined): Promise<string>;
  /** Resolves when all connections are closed; links have been ended before. */
  close(): Promise<void>;
}

export interface Wire {
  readonly name: string;
  readonly server: WireServer;
  readonly pull: (options: PullOptions) => IncomingChannel;
}

/** What a wire needs of the transport to let callers in. */
export interface Hall extends ServerSettings {
  readonly door: Door;
  /** A peer that `door` is open for has come. */
  readonly admit: (peer: number, channel: number, stream: SegmentStream) => void;
}

/** The options, with what was left out. */
type Settings = SocketTransportOptions &
  Required<Pick<SocketTransportOptions, "channels" | "connectTimeoutMs" | "clock">>;

export class SocketTransport implements Transport {
  readonly #settings: Settings;
  readonly #host: string | undefined;
  readonly #wire: Wire;
  readonly #incoming = new Map<number, StripedIncomingLink>();
  readonly #outgoing = new Map<number, StripedOutgoingLink<PulledLink>>();
  #addresses: readonly string[] = [];
  #closed: Promise<void> | undefined;

  /**
   * Throws `config_invalid` where the address to listen on is not loopback, and nothing is encrypted
   * though `insecure` does not say so.
   */
  constructor(options: SocketTransportOptions, makeWire: (hall: Hall) => Wire) {
    this.#host = listeningHost(options);
    const { rank, size, generation, token, secure, logger = silentLogger } = options;
    const { channels = 1, connectTimeoutMs = 30_000, clock = systemClock } = options;
    this.#settings = { ...options, channels, connectTimeoutMs, clock };
    const hasPulled = (peer: number, channel: number): boolean =>
      this.#outgoing.get(peer)?.channels[channel]?.isPulled ?? false;
    this.#wire = makeWire({
      ...{ token, secure, clock },
      maxConnections: size * channels + spareConnections,
      refusals: new RefusalLog(logger, "a pull"),
      door: { rank, size, generation, job: secure?.job, channels, hasPulled },
      admit: (peer, channel, stream) => {
        const link = this.#outgoingTo(peer).channels[channel];
        if (this.#closed !== undefined) link?.end();
        link?.attach(stream);
      },
    });
  }

  get name(): string {
    return this.#wire.name;
  }

  listen(): Promise<string> {
    return this.#wire.server.listen(this.#host);
  }

  setPeers(addresses: readonly string[]): void {
    const { rank, size } = this.#settings;
    if (addresses.length !== size) {
      throw new KoloError("internal", `expected ${size} addresses, got ${addresses.length}`, {
        rank,
      });
    }
    this.#addresses = addresses;
  }

  dial(peer: number, receiver: Receiver): IncomingLink {
    const { rank, size, generation, channels } = this.#settings;
    const { token, secure, segmentBytes, connectTimeoutMs, clock } = this.#settings;
    checkPeer(peer, rank, size);
    const address = this.#addresses[peer];
    if (address === undefined || this.#incoming.has(peer) || this.#closed !== undefined) {
      const message = `rank ${rank} dials rank ${peer} before setPeers, twice, or after close`;
      throw new KoloError("internal", message, { rank, peer });
    }
    const link = new StripedIncomingLink({
      ...{ peer, receiver, channelCount: channels },
      dial: (channel, part, onOpen) =>
        this.#wire.pull({
          place: { rank, peer, address, generation, channel, channels },
          ...{ receiver: part, onOpen, token, secure, segmentBytes, connectTimeoutMs, clock },
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
    await this.#wire.server.close();
  }

  #outgoingTo(peer: number): StripedOutgoingLink<PulledLink> {
    const { rank, size, segmentBytes, channels } = this.#settings;
    checkPeer(peer, rank, size);
    let link = this.#outgoing.get(peer);
    if (link === undefined) {
      link = new StripedOutgoingLink(peer, channels, () => new PulledLink(peer, segmentBytes));
      this.#outgoing.set(peer, link);
    }
    return link;
  }
}
