/**
 * The other end of a striped link: takes one segment from each channel in turn. A channel whose turn
 * it is not has its segment held, which stops it from reading, like any segment that comes too early;
 * so the receiver sees one link, in order, and no segment waits but in its own channel.
 *
 * The channels stand and fall together: nothing is taken before all are open, lest a peer that closes
 * well seem to break off one that was still to come; the first that fails ends all, and is told of once.
 */
import { type KoloError } from "@kolo/core";
import { type IncomingLink, type IncomingSegment, type Receiver } from "../link.js";

export interface IncomingChannel extends IncomingLink {
  /** Ends it quietly. */
  end(): void;
}

/** Opens a channel. `onOpen` is called when the peer has accepted it, and nothing before this has returned. */
export type DialChannel = (
  channel: number,
  receiver: Receiver,
  onOpen: () => void,
) => IncomingChannel;

export interface StripedIncomingOptions {
  readonly peer: number;
  readonly receiver: Receiver;
  readonly channelCount: number;
  readonly dial: DialChannel;
}

export class StripedIncomingLink implements IncomingChannel {
  readonly peer: number;
  readonly #receiver: Receiver;
  readonly #channels: readonly IncomingChannel[];
  /** The channel that has the next segment. */
  #turn = 0;
  #unopened: number;
  #failed = false;

  constructor({ peer, receiver, channelCount, dial }: StripedIncomingOptions) {
    this.peer = peer;
    this.#receiver = receiver;
    this.#unopened = channelCount;
    const onOpen = (): void => {
      if (--this.#unopened === 0) this.resume();
    };
    this.#channels = Array.from({ length: channelCount }, (_, channel) => {
      const mayTake = (): boolean => channel === this.#turn && this.#unopened === 0;
      const part: Receiver = {
        accept: (_peer, segment) => mayTake() && this.#accept(segment),
        place: (_peer, segment) => (mayTake() ? receiver.place?.(peer, segment) : undefined),
        fail: (_peer, error) => {
          this.#fail(error);
        },
      };
      return dial(channel, part, onOpen);
    });
  }

  resume(): void {
    this.#channels[this.#turn]?.resume();
  }

  end(): void {
    for (const channel of this.#channels) channel.end();
  }

  #accept(segment: IncomingSegment): boolean {
    if (!this.#receiver.accept(this.peer, segment)) return false;
    this.#turn = (this.#turn + 1) % this.#channels.length;
    // Its segment may be there already. The channel that brought this one is not asked: it reads on.
    if (this.#channels.length > 1) this.resume();
    return true;
  }

  #fail(error: KoloError): void {
    if (this.#failed) return;
    this.#failed = true;
    this.end();
    this.#receiver.fail(this.peer, error);
  }
}
