/** The links of one rank to its peers, each opened when it is first needed, and kept. */
import {
  type IncomingLink,
  type OutgoingLink,
  type Receiver,
  type Transport,
} from "@kolo/transport";

export class Links {
  readonly #transport: Transport;
  readonly #receiver: Receiver;
  readonly #incoming = new Map<number, IncomingLink>();
  readonly #outgoing = new Map<number, OutgoingLink>();

  constructor(transport: Transport, receiver: Receiver) {
    this.#transport = transport;
    this.#receiver = receiver;
  }

  to(peer: number): OutgoingLink {
    let link = this.#outgoing.get(peer);
    if (link === undefined) {
      link = this.#transport.serve(peer);
      this.#outgoing.set(peer, link);
    }
    return link;
  }

  from(peer: number): IncomingLink {
    let link = this.#incoming.get(peer);
    if (link === undefined) {
      link = this.#transport.dial(peer, this.#receiver);
      this.#incoming.set(peer, link);
    }
    return link;
  }

  /** Resolves when everything sent has left this memory. */
  async flushed(): Promise<void> {
    for (const link of this.#outgoing.values()) await link.flushed();
  }
}
