/** A call that a peer has made: segments go from the memory they lie in to the kernel, uncopied. */
import { type ServerHttp2Stream } from "node:http2";
import { type OutgoingSegment } from "../link.js";
import { type SegmentStream } from "../pulled-link.js";
import { encodedSegmentBytes, encodeSegmentHeader, payloadOf } from "../segment-codec.js";
import { acceptingHeaders, endingTrailers } from "./call-headers.js";
import { framePrefixBytes, writeFramePrefix } from "./message-assembler.js";

export class GrpcSegmentStream implements SegmentStream {
  readonly #stream: ServerHttp2Stream;

  /** Accepts the call. */
  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
    stream.on("wantTrailers", () => {
      stream.sendTrailers(endingTrailers);
    });
    stream.respond(acceptingHeaders, { waitForTrailers: true });
  }

  write(segment: OutgoingSegment, onWritten: (error?: Error | null) => void): void {
    const payload = payloadOf(segment);
    const messageBytes = encodedSegmentBytes(segment);
    const header = Buffer.allocUnsafe(framePrefixBytes + messageBytes - payload.length);
    writeFramePrefix(messageBytes, header, 0);
    encodeSegmentHeader(segment, header, framePrefixBytes);
    this.#stream.cork();
    this.#stream.write(header);
    this.#stream.write(payload, onWritten);
    this.#stream.uncork();
  }

  end(): void {
    this.#stream.end();
  }

  onLost(lost: (reason: string) => void): void {
    this.#stream.on("close", () => {
      lost("the peer is gone, or pulls no more");
    });
  }
}
