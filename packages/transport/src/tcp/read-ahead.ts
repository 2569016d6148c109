/**
 * Room for what arrives while a segment is held. Reading goes on for that much, and no further: a
 * link that holds then still notices that its peer is gone, unless more than this is under way.
 */
import { endFrame } from "./frame-header.js";

/** A socket hands out so many bytes at a time, at most. */
const pieceBytes = 64 * 1024;

export class ReadAhead {
  readonly #buffer = Buffer.alloc(2 * pieceBytes);
  #length = 0;

  /** Whether another piece might not fit. */
  get isFull(): boolean {
    return this.#buffer.length - this.#length < pieceBytes;
  }

  /** Whether what waits here ends the stream, as far as one can see from its last bytes. */
  get endsWell(): boolean {
    const length = this.#length;
    return (
      length >= endFrame.length &&
      this.#buffer.subarray(length - endFrame.length, length).equals(endFrame)
    );
  }

  /** Where the next bytes may be written; never empty. */
  rest(): Uint8Array {
    return this.#buffer.subarray(Math.min(this.#length, this.#buffer.length - pieceBytes));
  }

  /** Keeps these bytes, which may lie in `rest()`. */
  append(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** What waits; valid until it is appended to. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Forgets so many of the first bytes. */
  drop(byteCount: number): void {
    this.#buffer.copyWithin(0, byteCount, this.#length);
    this.#length -= byteCount;
  }
}
