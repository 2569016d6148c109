/**
 * Puts gRPC's messages together from the pieces in which HTTP/2 brings them, in one buffer that is
 * used for all of them. Each is preceded by a flag (compressed or not) and its length.
 */
import { type Refusal, grpcStatus } from "./grpc-status.js";

/** The flag, and the length in four bytes. */
export const framePrefixBytes = 5;

/** A frame that is refused before anything of its message is kept. */
export class FrameError extends Error implements Refusal {
  readonly code: number;
  readonly details: string;

  constructor(code: number, details: string) {
    super(details);
    this.code = code;
    this.details = details;
  }
}

/** Writes what comes before a message of so many bytes; returns where it ends. */
export function writeFramePrefix(messageBytes: number, target: Buffer, offset: number): number {
  target[offset] = 0;
  return target.writeUInt32BE(messageBytes, offset + 1);
}

export class MessageAssembler {
  readonly #frame: Buffer;
  #filled = 0;
  #wanted = framePrefixBytes;
  #message: Buffer | undefined;

  constructor(maxMessageBytes: number) {
    // Its own memory, so that it begins on a multiple of eight: see segment-codec.
    this.#frame = Buffer.allocUnsafeSlow(framePrefixBytes + maxMessageBytes);
  }

  /** The message that is complete, until more is taken. */
  get message(): Buffer | undefined {
    return this.#message;
  }

  /**
   * Takes from the piece, from `start` on, what belongs to one message; returns where it stopped.
   * Throws a FrameError where the message is compressed or too long.
   */
  take(piece: Buffer, start: number): number {
    if (this.#message !== undefined) this.#begin();
    let position = start;
    while (position < piece.length && this.#message === undefined) {
      const end = Math.min(piece.length, position + this.#wanted - this.#filled);
      piece.copy(this.#frame, this.#filled, position, end);
      this.#filled += end - position;
      position = end;
      if (this.#filled < this.#wanted) break;
      if (this.#wanted === framePrefixBytes) this.#wanted += this.#messageBytes();
      if (this.#filled === this.#wanted) {
        this.#message = this.#frame.subarray(framePrefixBytes, this.#filled);
      }
    }
    return position;
  }

  #begin(): void {
    this.#message = undefined;
    this.#filled = 0;
    this.#wanted = framePrefixBytes;
  }

  #messageBytes(): number {
    if (this.#frame[0] !== 0) {
      throw new FrameError(grpcStatus.unimplemented, "expected messages without compression");
    }
    const bytes = this.#frame.readUInt32BE(1);
    const most = this.#frame.length - framePrefixBytes;
    if (bytes <= most) return bytes;
    const details = `expected a message of at most ${most} bytes, got one of ${bytes}`;
    throw new FrameError(grpcStatus.resourceExhausted, details);
  }
}
