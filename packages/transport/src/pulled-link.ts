/** What one peer pulls from this rank, over one connection. What is sent before waits for the peer. */
import { KoloError } from "@kolo/core";
import { FlushTracker } from "./flush-tracker.js";
import { type OutgoingLink, type OutgoingSegment } from "./link.js";
import { checkSegment } from "./segment-codec.js";

/** The peer's end of it, as a transport has it. */
export interface SegmentStream {
  /** Sends the payload from where it lies; `onWritten` is called when the kernel has taken it. */
  write(segment: OutgoingSegment, onWritten: (error?: Error | null) => void): void;
  /** Ends the stream quietly, after what was written. */
  end(): void;
  /** Calls back when nothing more can be sent. */
  onLost(lost: (reason: string) => void): void;
}

export class PulledLink implements OutgoingLink {
  readonly peer: number;
  readonly #segmentBytes: number;
  readonly #tracker = new FlushTracker();
  #early: OutgoingSegment[] = [];
  #stream: SegmentStream | undefined;
  #ended = false;

  constructor(peer: number, segmentBytes: number) {
    this.peer = peer;
    this.#segmentBytes = segmentBytes;
  }

  /** A peer pulls once in its life: a second stream would begin in the middle. */
  get isPulled(): boolean {
    return this.#stream !== undefined;
  }

  send(segment: OutgoingSegment): void {
    checkSegment(segment, this.#segmentBytes);
    this.#tracker.onQueued();
    if (this.#ended) return;
    if (this.#stream === undefined) this.#early.push(segment);
    else this.#stream.write(segment, this.#onWritten);
  }

  flushed(): Promise<void> {
    return this.#tracker.flushed();
  }

  /** The peer pulls: hands over what waited. One that comes after the end is sent away, quietly. */
  attach(stream: SegmentStream): void {
    this.#stream = stream;
    stream.onLost((reason) => {
      this.#fail(reason);
    });
    for (const segment of this.#early.splice(0)) stream.write(segment, this.#onWritten);
    if (this.#ended) stream.end();
  }

  /** Ends the peer's stream quietly, after what was sent. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#early = [];
    if (this.#stream === undefined) this.#fail("this rank closed it");
    else this.#stream.end();
  }

  readonly #onWritten = (error?: Error | null): void => {
    if (error == null) this.#tracker.onLeft();
    else this.#fail(error.message);
  };

  #fail(reason: string): void {
    this.#ended = true;
    this.#tracker.fail(
      new KoloError(
        "peer_lost",
        `the link to rank ${this.peer} ended with ${this.#tracker.pending} segments unsent: ${reason}`,
        { peer: this.peer },
      ),
    );
  }
}
