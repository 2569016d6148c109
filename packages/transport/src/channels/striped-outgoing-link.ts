/**
 * One link over several connections: segment i travels over channel i mod n. The receiver takes them
 * in the same order (striped-incoming-link.ts), so nothing need be sorted, and nothing be numbered.
 */
import { type OutgoingLink, type OutgoingSegment } from "../link.js";

export class StripedOutgoingLink<Channel extends OutgoingLink> implements OutgoingLink {
  readonly peer: number;
  readonly channels: readonly Channel[];
  #next = 0;

  /** `open` makes a channel. */
  constructor(peer: number, channelCount: number, open: (channel: number) => Channel) {
    this.peer = peer;
    this.channels = Array.from({ length: channelCount }, (_, channel) => open(channel));
  }

  send(segment: OutgoingSegment): void {
    this.channels[this.#next]?.send(segment);
    // Not where that threw: nothing was sent then.
    this.#next = (this.#next + 1) % this.channels.length;
  }

  async flushed(): Promise<void> {
    await Promise.all(this.channels.map((channel) => channel.flushed()));
  }
}
