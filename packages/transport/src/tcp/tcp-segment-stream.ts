/** A connection that a peer has opened and proven to be its own. */
import { type Socket } from "node:net";
import { type OutgoingSegment } from "../link.js";
import { type SegmentStream } from "../pulled-link.js";
import { payloadOf } from "../segment-codec.js";
import { encodeFrameHeader, endFrame } from "./frame-header.js";

export class TcpSegmentStream implements SegmentStream {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    // Nothing is expected from there but the end; reading is what notices it.
    socket.on("data", () => {
      socket.destroy(new Error("the peer speaks where it should listen"));
    });
  }

  /** One call for both parts, or for many segments. */
  write(segment: OutgoingSegment, onWritten: (error?: Error | null) => void): void {
    const header = encodeFrameHeader(segment);
    if (segment.count === 0) {
      this.#socket.write(header, onWritten);
      return;
    }
    this.#socket.cork();
    this.#socket.write(header);
    this.#socket.write(payloadOf(segment), onWritten);
    this.#socket.uncork();
  }

  end(): void {
    this.#socket.end(endFrame);
  }

  onLost(lost: (reason: string) => void): void {
    this.#socket.on("error", (error) => {
      lost(error.message);
    });
    this.#socket.on("close", () => {
      lost("the peer is gone, or pulls no more");
    });
  }
}
