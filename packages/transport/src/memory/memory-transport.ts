/**
 * Links between ranks of one process, for tests and for a world of one. The bytes take the way they
 * take elsewhere: encoded late, decoded and checked at the other side, delivered asynchronously and
 * one at a time. Nothing is read ahead: what a receiver holds has not been flushed by its sender's
 * next segment, which makes this the strictest of the transports.
 */
import { KoloError } from "@kolo/core";
import { checkPeer } from "../check-peer.js";
import { FlushTracker } from "../flush-tracker.js";
import { Inbox } from "../inbox.js";
import {
  defaultSegmentBytes,
  type IncomingLink,
  type OutgoingLink,
  type OutgoingSegment,
  type Receiver,
  type Transport,
} from "../link.js";
import { checkSegment, encodedSegmentBytes, encodeSegment } from "../segment-codec.js";

export interface MemoryTransport extends Transport {
  /** Ends all links as the death of the process would: the peers' links fail with `peer_lost`. */
  lose(): void;
}

/** One transport a rank, by rank; they reach each other and nobody else. */
export function createMemoryNetwork(
  size: number,
  { segmentBytes = defaultSegmentBytes }: { readonly segmentBytes?: number } = {},
): MemoryTransport[] {
  const ranks = Array.from({ length: size }, (_, rank) => rank);
  const wires = ranks.map((from) => ranks.map((to) => new MemoryWire(from, to, segmentBytes)));
  return ranks.map((rank) => {
    const outgoing = wires[rank] ?? [];
    const incoming = wires.flatMap((row) => row.filter((wire) => wire.to === rank));
    const wireOf = (row: MemoryWire[], peer: number): MemoryWire => {
      checkPeer(peer, rank, size);
      const wire = row[peer];
      if (wire === undefined) throw new KoloError("internal", `no wire to rank ${peer}`);
      return wire;
    };
    const end = (error?: KoloError): void => {
      for (const wire of outgoing) wire.end(error);
      for (const wire of incoming) wire.end();
    };
    return {
      name: "memory",
      listen: () => Promise.resolve(`memory:${rank}`),
      setPeers: () => undefined,
      dial: (peer, receiver) => wireOf(incoming, peer).dial(receiver),
      serve: (peer) => wireOf(outgoing, peer),
      close: () => {
        end();
        return Promise.resolve();
      },
      lose: () => {
        end(new KoloError("peer_lost", `rank ${rank} is gone`, { peer: rank }));
      },
    };
  });
}

/** One direction between two ranks: the sender's link, the receiver's inbox, a queue between. */
class MemoryWire implements OutgoingLink {
  readonly peer: number;
  readonly to: number;
  readonly #from: number;
  readonly #segmentBytes: number;
  readonly #queue: OutgoingSegment[] = [];
  readonly #tracker = new FlushTracker();
  #inbox: Inbox | undefined;
  #paused = false;
  #ended = false;
  #scheduled = false;

  constructor(from: number, to: number, segmentBytes: number) {
    this.#from = from;
    this.to = to;
    this.peer = to;
    this.#segmentBytes = segmentBytes;
  }

  send(segment: OutgoingSegment): void {
    checkSegment(segment, this.#segmentBytes);
    this.#tracker.onQueued();
    this.#queue.push(segment);
    this.#schedule();
  }

  flushed(): Promise<void> {
    return this.#tracker.flushed();
  }

  dial(receiver: Receiver): IncomingLink {
    if (this.#inbox !== undefined) {
      throw new KoloError("internal", `rank ${this.to} dialled rank ${this.#from} twice`);
    }
    const source = {
      pause: () => {
        this.#paused = true;
      },
      resume: () => {
        this.#paused = false;
        this.#schedule();
      },
      stop: () => {
        this.end();
      },
    };
    const inbox = new Inbox({
      peer: this.#from,
      receiver,
      segmentBytes: this.#segmentBytes,
      source,
    });
    this.#inbox = inbox;
    if (this.#ended) inbox.end();
    this.#schedule();
    return inbox;
  }

  /** Ends both sides; with an error, the receiver's link fails. */
  end(error?: KoloError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#queue.length = 0;
    if (error === undefined) this.#inbox?.end();
    else this.#inbox?.fail(error);
    this.#tracker.fail(
      new KoloError("peer_lost", `the link to rank ${this.to} ended before all was sent`, {
        peer: this.to,
      }),
    );
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#deliverNext();
    });
  }

  #deliverNext(): void {
    if (this.#inbox === undefined || this.#paused || this.#ended) return;
    const segment = this.#queue.shift();
    if (segment === undefined) return;
    const message = Buffer.allocUnsafe(encodedSegmentBytes(segment));
    encodeSegment(segment, message, 0);
    this.#tracker.onLeft();
    this.#inbox.deliver(message);
    this.#schedule();
  }
}
