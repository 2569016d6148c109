/**
 * What one peer pulls from this rank. What is sent before the peer pulls waits for it. Payloads go
 * from the memory they lie in to the kernel without a copy between.
 */
import { type ServerHttp2Stream } from "node:http2";
import { KoloError } from "@kolo/core";
import { FlushTracker } from "../flush-tracker.js";
import { type OutgoingLink, type OutgoingSegment } from "../link.js";
import {
  checkSegment,
  encodedSegmentBytes,
  encodeSegmentHeader,
  payloadOf,
} from "../segment-codec.js";
import { acceptingHeaders, endingTrailers } from "./call-headers.js";
import { framePrefixBytes, writeFramePrefix } from "./message-assembler.js";

export class OutgoingGrpcLink implements OutgoingLink {
  readonly peer: number;
  readonly #segmentBytes: number;
  readonly #tracker = new FlushTracker();
  #early: OutgoingSegment[] = [];
  #stream: ServerHttp2Stream | undefined;
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
    else this.#write(this.#stream, segment);
  }

  flushed(): Promise<void> {
    return this.#tracker.flushed();
  }

  /** The peer pulls: hands over what waited. One that comes after the end is sent away, quietly. */
  attach(stream: ServerHttp2Stream): void {
    this.#stream = stream;
    stream.on("close", () => {
      this.#fail("the peer is gone, or pulls no more");
    });
    stream.on("wantTrailers", () => {
      stream.sendTrailers(endingTrailers);
    });
    stream.respond(acceptingHeaders, { waitForTrailers: true });
    for (const segment of this.#early.splice(0)) this.#write(stream, segment);
    if (this.#ended) stream.end();
  }

  /** Ends the peer's stream quietly, after what was sent. */
  end(): void {
    this.#ended = true;
    this.#early = [];
    this.#stream?.end();
    if (this.#stream === undefined) this.#fail("this rank closed it");
  }

  #write(stream: ServerHttp2Stream, segment: OutgoingSegment): void {
    const payload = payloadOf(segment);
    const messageBytes = encodedSegmentBytes(segment);
    const header = Buffer.allocUnsafe(framePrefixBytes + messageBytes - payload.length);
    writeFramePrefix(messageBytes, header, 0);
    encodeSegmentHeader(segment, header, framePrefixBytes);
    stream.cork();
    stream.write(header);
    stream.write(payload, this.#onWritten);
    stream.uncork();
  }

  // Called when the kernel has taken the bytes.
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
