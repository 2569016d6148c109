/**
 * Reads protobuf messages in their canonical form: the fields that are asked for, in that order.
 * It never reads outside the message, whatever the bytes say, and allocates nothing but errors.
 */
import { type ErrorContext, KoloError } from "@kolo/core";

/** A field's tag byte: number and wire type. Enough for the field numbers 1 to 15. */
export const tagOf = {
  varint: (field: number) => field << 3,
  bytes: (field: number) => (field << 3) | 2,
  fixed32: (field: number) => (field << 3) | 5,
} as const;

const nothing = Buffer.alloc(0);

export class WireReader {
  #bytes: Buffer = nothing;
  #position = 0;
  readonly #what: string;
  readonly #context: ErrorContext;

  /** `what` names the message in errors, as in "a segment from rank 3". */
  constructor(what: string, context: ErrorContext = {}) {
    this.#what = what;
    this.#context = context;
  }

  /** Starts with another message. */
  reset(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#position = 0;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  /** Whether the field with this tag is next. */
  has(tag: number): boolean {
    return this.#position < this.#bytes.length && this.#bytes[this.#position] === tag;
  }

  /** Takes the tag, or refuses the message. */
  expect(tag: number, field: string): void {
    if (!this.has(tag)) this.refuse(`the field ${field}`, this.#found());
    this.#position++;
  }

  fixed32(field: string): number {
    if (this.remaining < 4) this.refuse(`4 bytes of ${field}`, `${this.remaining}`);
    const value = this.#bytes.readUInt32LE(this.#position);
    this.#position += 4;
    return value;
  }

  /** A number below 2^32 in its shortest form, which has at most five bytes. */
  varint32(field: string): number {
    let value = 0;
    for (let byteIndex = 0; byteIndex < 5; byteIndex++) {
      const byte = this.#bytes[this.#position];
      if (byte === undefined) this.refuse(`the rest of ${field}`, this.#found());
      this.#position++;
      value += (byte & 0x7f) * 2 ** (7 * byteIndex);
      if (byte < 0x80) {
        if (byte === 0 && byteIndex > 0) this.refuse(`${field} in its shortest form`, "a longer");
        if (value >= 2 ** 32) this.refuse(`${field} below 2^32`, `${value}`);
        return value;
      }
    }
    return this.refuse(`${field} in at most 5 bytes`, "more");
  }

  /** Skips so many bytes; returns where they begin. */
  skip(byteCount: number, field: string): number {
    if (this.remaining < byteCount) {
      this.refuse(`${byteCount} bytes of ${field}`, `${this.remaining}`);
    }
    const start = this.#position;
    this.#position += byteCount;
    return start;
  }

  refuse(expected: string, got: string): never {
    throw new KoloError(
      "message_invalid",
      `${this.#what} is malformed: expected ${expected}, got ${got}, at byte ${this.#position} of ` +
        `${this.#bytes.length}. Do all ranks run the same version of kolo with the same options?`,
      this.#context,
    );
  }

  #found(): string {
    const byte = this.#bytes[this.#position];
    return byte === undefined ? "the end" : `0x${byte.toString(16).padStart(2, "0")}`;
  }
}

/** Bytes that `value` (below 2^32) takes as a varint. */
export function varintBytes(value: number): number {
  let byteCount = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) byteCount++;
  return byteCount;
}

/** Writes `value` (below 2^32) and returns where it ends. */
export function writeVarint(value: number, target: Buffer, offset: number): number {
  let position = offset;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
    target[position++] = (rest % 0x80) | 0x80;
  }
  target[position++] = rest;
  return position;
}
