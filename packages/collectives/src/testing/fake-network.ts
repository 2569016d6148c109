/**
 * Links between executors of one process for tests: a segment moves only when the test says so, on
 * the wire it says, and its bytes are read at that moment and not before. So a test can try every
 * interleaving, tamper with a segment, stop a sender in the middle, or break a link.
 */
import { isKoloError, KoloError } from "@kolo/core";
import {
  type IncomingLink,
  type IncomingSegment,
  type OutgoingLink,
  type OutgoingSegment,
  type Receiver,
  type Transport,
} from "@kolo/transport";

/** Bytes before the payload, so that it is aligned to nothing, as in a real message. */
const headerBytes = 3;

export interface FakeNetwork {
  readonly transports: readonly Transport[];
  /** Every link, in an order that never changes. */
  readonly wires: readonly FakeWire[];
  wire(from: number, to: number): FakeWire;
}

/** `places`: payloads come in two steps, the first half to the place that the receiver has for it. */
export function createFakeNetwork(size: number, places = false): FakeNetwork {
  const ranks = Array.from({ length: size }, (_, rank) => rank);
  const wires = ranks.flatMap((from) =>
    ranks.filter((to) => to !== from).map((to) => new FakeWire(from, to, places)),
  );
  const wire = (from: number, to: number): FakeWire => {
    const found = wires.find((candidate) => candidate.from === from && candidate.to === to);
    if (found === undefined) throw new KoloError("internal", `no wire from ${from} to ${to}`);
    return found;
  };
  const transports = ranks.map((rank): Transport => ({
    name: "fake",
    listen: () => Promise.resolve(`fake:${rank}`),
    setPeers: () => undefined,
    dial: (peer, receiver) => wire(peer, rank).dial(receiver),
    serve: (peer) => wire(rank, peer).outgoing,
    close: () => Promise.resolve(),
  }));
  return { transports, wires, wire };
}

export class FakeWire implements IncomingLink {
  readonly from: number;
  readonly to: number;
  readonly peer: number;
  readonly outgoing: OutgoingLink;
  /** What was sent and has not been delivered. */
  readonly queue: OutgoingSegment[] = [];
  /** All that was ever sent. */
  readonly log: OutgoingSegment[] = [];
  #receiver: Receiver | undefined;
  #held: IncomingSegment | undefined;
  readonly #places: boolean;
  /** Half of it is there. */
  #arriving: { readonly segment: OutgoingSegment; readonly place: Uint8Array } | undefined;
  #failed = false;
  #waiters: { resolve: () => void; reject: (error: KoloError) => void }[] = [];

  constructor(from: number, to: number, places: boolean) {
    this.#places = places;
    this.from = from;
    this.to = to;
    this.peer = from;
    this.outgoing = {
      peer: to,
      send: (segment) => {
        this.queue.push(segment);
        this.log.push(segment);
      },
      flushed: () =>
        this.queue.length === 0 && this.#arriving === undefined
          ? Promise.resolve()
          : new Promise((resolve, reject) => this.#waiters.push({ resolve, reject })),
    };
  }

  dial(receiver: Receiver): IncomingLink {
    this.#receiver = receiver;
    return this;
  }

  get holds(): boolean {
    return this.#held !== undefined;
  }

  get ready(): boolean {
    const comes = this.queue.length > 0 || this.#arriving !== undefined;
    return !this.#failed && !this.holds && comes && this.#receiver !== undefined;
  }

  /** Moves one segment, or half of one; `tamper` changes it on the way. */
  deliver(tamper: (segment: IncomingSegment) => IncomingSegment = (segment) => segment): void {
    if (this.#arriving !== undefined) {
      this.#arrive(this.#arriving);
      return;
    }
    const segment = this.queue.shift();
    if (segment === undefined) throw new KoloError("internal", "nothing to deliver");
    const { memory, byteOffset, ...header } = segment;
    const payload = memory.subarray(byteOffset, byteOffset + header.count * 4);
    const place = this.#places ? this.#receiver?.place?.(this.from, header) : undefined;
    if (place !== undefined) {
      place.set(payload.subarray(0, payload.length >> 1));
      this.#arriving = { segment, place };
      return;
    }
    const message = Buffer.concat([Buffer.alloc(headerBytes, 0xab), payload]);
    if (this.queue.length === 0) for (const { resolve } of this.#waiters.splice(0)) resolve();
    this.#held = tamper({ ...header, message, payloadOffset: headerBytes });
    this.#offer();
  }

  #arrive({ segment, place }: { segment: OutgoingSegment; place: Uint8Array }): void {
    this.#arriving = undefined;
    const { memory, byteOffset, ...header } = segment;
    const half = place.length >> 1;
    place.set(memory.subarray(byteOffset + half, byteOffset + place.length), half);
    // As a socket does: all has left only when its last byte has.
    if (this.queue.length === 0) for (const { resolve } of this.#waiters.splice(0)) resolve();
    const message = Buffer.from(place.buffer, place.byteOffset, place.length);
    this.#held = { ...header, message, payloadOffset: 0 };
    this.#offer();
  }

  resume(): void {
    this.#offer();
  }

  /** The sender finds that it cannot send. */
  failSender(error: KoloError): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }

  /** The receiver finds that nothing will come. */
  fail(error: KoloError): void {
    this.#failed = true;
    this.#held = undefined;
    this.#receiver?.fail(this.from, error);
  }

  #offer(): void {
    if (this.#held === undefined) return;
    try {
      if (this.#receiver?.accept(this.from, this.#held) === true) this.#held = undefined;
    } catch (error) {
      if (!isKoloError(error)) throw error;
      this.fail(error);
    }
  }
}
