/**
 * A connection that a peer has opened and proven to be its own.
 *
 * A TLS socket enciphers what it is given as a whole before any byte of it leaves, and reads nothing
 * meanwhile: of a chunk of 50 MiB, the link would stand still for as long as that takes. So it gets a
 * few segments at a time. A plain socket hands the kernel what it takes, and may have all of them.
 */
import { type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { type OutgoingSegment } from "../link.js";
import { type SegmentStream } from "../pulled-link.js";
import { payloadOf } from "../segment-codec.js";
import { encodeFrameHeader, endFrame } from "./frame-header.js";

/** One leaves while the next is enciphered. */
const encipheredBytes = 2 * 2 ** 20;

type OnWritten = (error?: Error | null) => void;

export class TcpSegmentStream implements SegmentStream {
  readonly #socket: Socket;
  readonly #mostBytes: number;
  /** Of segments that the socket has, and has not written yet. */
  #bytesUnderWay = 0;
  #waiting: { readonly segment: OutgoingSegment; readonly onWritten: OnWritten }[] = [];
  #ends = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#mostBytes = socket instanceof TLSSocket ? encipheredBytes : Infinity;
    // Nothing is expected from there but the end; reading is what notices it.
    socket.on("data", () => {
      socket.destroy(new Error("the peer speaks where it should listen"));
    });
  }

  write(segment: OutgoingSegment, onWritten: OnWritten): void {
    if (this.#bytesUnderWay < this.#mostBytes) this.#write(segment, onWritten);
    else this.#waiting.push({ segment, onWritten });
  }

  end(): void {
    this.#ends = true;
    if (this.#waiting.length === 0) this.#socket.end(endFrame);
  }

  onLost(lost: (reason: string) => void): void {
    this.#socket.on("error", (error) => {
      lost(error.message);
    });
    this.#socket.on("close", () => {
      lost("the peer is gone, or pulls no more");
    });
  }

  /** One call for both parts, or for several segments. */
  #write(segment: OutgoingSegment, onWritten: OnWritten): void {
    const header = encodeFrameHeader(segment);
    const payload = payloadOf(segment);
    const byteCount = header.length + payload.length;
    this.#bytesUnderWay += byteCount;
    const done: OnWritten = (error) => {
      this.#bytesUnderWay -= byteCount;
      onWritten(error);
      if (error == null) this.#writeOn();
    };
    if (payload.length === 0) {
      this.#socket.write(header, done);
      return;
    }
    this.#socket.cork();
    this.#socket.write(header);
    this.#socket.write(payload, done);
    this.#socket.uncork();
  }

  #writeOn(): void {
    while (this.#bytesUnderWay < this.#mostBytes) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#write(next.segment, next.onWritten);
      if (this.#ends && this.#waiting.length === 0) this.#socket.end(endFrame);
    }
  }
}
