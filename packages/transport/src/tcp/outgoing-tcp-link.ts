/** What one peer pulls from this rank. What is sent before the peer has dialled waits for it. */
import { type Socket } from "node:net";
import { elementBytes, KoloError } from "@kolo/core";
import { FlushTracker } from "../flush-tracker.js";
import { type OutgoingLink, type OutgoingSegment } from "../link.js";
import { checkSegment } from "../segment-codec.js";
import { encodeFrameHeader, endFrame } from "./frame-header.js";

export class OutgoingTcpLink implements OutgoingLink {
  readonly peer: number;
  readonly #segmentBytes: number;
  readonly #tracker = new FlushTracker();
  #early: OutgoingSegment[] = [];
  #socket: Socket | undefined;
  #ended = false;

  constructor(peer: number, segmentBytes: number) {
    this.peer = peer;
    this.#segmentBytes = segmentBytes;
  }

  /** A peer pulls once in its life: a second stream would begin in the middle. */
  get isPulled(): boolean {
    return this.#socket !== undefined;
  }

  send(segment: OutgoingSegment): void {
    checkSegment(segment, this.#segmentBytes);
    this.#tracker.onQueued();
    if (this.#ended) return;
    if (this.#socket === undefined) this.#early.push(segment);
    else this.#write(this.#socket, segment);
  }

  flushed(): Promise<void> {
    return this.#tracker.flushed();
  }

  /** The peer pulls: hands over what waited. One that comes after the end is sent away, quietly. */
  attach(socket: Socket): void {
    this.#socket = socket;
    // Nothing is expected from there but the end; reading is what notices it.
    socket.on("data", () => {
      socket.destroy(new Error("the peer speaks where it should listen"));
    });
    socket.on("error", (error) => {
      this.#fail(error.message);
    });
    socket.on("close", () => {
      this.#fail("the peer is gone, or pulls no more");
    });
    for (const segment of this.#early.splice(0)) this.#write(socket, segment);
    if (this.#ended) socket.end(endFrame);
  }

  /** Ends the peer's stream quietly, after what was sent. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#early = [];
    if (this.#socket === undefined) this.#fail("this rank closed it");
    else this.#socket.end(endFrame);
  }

  /** The kernel takes the payload from where it lies. One call for both parts, or for many segments. */
  #write(socket: Socket, segment: OutgoingSegment): void {
    const { memory, byteOffset, count } = segment;
    const header = encodeFrameHeader(segment);
    if (count === 0) {
      socket.write(header, this.#onWritten);
      return;
    }
    socket.cork();
    socket.write(header);
    socket.write(memory.subarray(byteOffset, byteOffset + count * elementBytes), this.#onWritten);
    socket.uncork();
  }

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
