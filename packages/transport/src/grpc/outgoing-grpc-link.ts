/** What one peer pulls from this rank. What is sent before the peer pulls waits for it. */
import { Metadata, type ServerWritableStream } from "@grpc/grpc-js";
import { KoloError } from "@kolo/core";
import { FlushTracker } from "../flush-tracker.js";
import { type OutgoingLink, type OutgoingSegment } from "../link.js";
import { checkSegment } from "../segment-codec.js";

export type PullCall = ServerWritableStream<Buffer, OutgoingSegment>;

export class OutgoingGrpcLink implements OutgoingLink {
  readonly peer: number;
  readonly #segmentBytes: number;
  readonly #tracker = new FlushTracker();
  #early: OutgoingSegment[] = [];
  #call: PullCall | undefined;
  #ended = false;

  constructor(peer: number, segmentBytes: number) {
    this.peer = peer;
    this.#segmentBytes = segmentBytes;
  }

  /** A peer pulls once in its life: a second stream would begin in the middle. */
  get isPulled(): boolean {
    return this.#call !== undefined;
  }

  send(segment: OutgoingSegment): void {
    checkSegment(segment, this.#segmentBytes);
    this.#tracker.onQueued();
    if (this.#ended) return;
    if (this.#call === undefined) this.#early.push(segment);
    else this.#call.write(segment, this.#onWritten);
  }

  flushed(): Promise<void> {
    return this.#tracker.flushed();
  }

  /** The peer pulls: hands over what waited. One that comes after the end is sent away, quietly. */
  attach(call: PullCall): void {
    this.#call = call;
    call.on("cancelled", () => {
      this.#fail("the peer is gone, or pulls no more");
    });
    call.sendMetadata(new Metadata());
    for (const segment of this.#early.splice(0)) call.write(segment, this.#onWritten);
    if (this.#ended) call.end();
  }

  /** Ends the peer's stream quietly, after what was sent. */
  end(): void {
    this.#ended = true;
    this.#early = [];
    this.#call?.end();
    if (this.#call === undefined) this.#fail("this rank closed it");
  }

  // grpc-js serializes one segment at a time and calls back when the kernel has taken it.
  readonly #onWritten = (error: Error | null | undefined): void => {
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
