/**
 * The hot message by hand: kolo.segments.v1.Segment of proto/segment.proto, in canonical form.
 *
 *   37 bytes      seven fixed32 fields and the dtype, each behind its tag
 *   0 … 515       description, on the first segment of an operation
 *   2 … 9         padding
 *   2 … 6         tag and length of the payload
 *   4 * count     payload, copied once, straight from the memory it lies in
 *
 * The padding puts the payload on a multiple of eight bytes in gRPC's frame. It is worth its field: V8
 * copies between shared and other memory eight bytes at a time where both sides are so aligned, and
 * one byte at a time elsewhere (26 against 3.8 GB/s).
 *
 * A test holds it byte-equal to what a protobuf library writes. The decoder wants exactly this form,
 * so that whatever else comes is refused before anything is written.
 */
import { isUtf8 } from "node:buffer";
import { type DType, elementBytes, KoloError } from "@kolo/core";
import { type IncomingSegment, type OutgoingSegment } from "./link.js";
import { tagOf, varintBytes, WireReader, writeVarint } from "./protobuf-wire.js";

/** Bytes of a description at most; a longer one is cut when it is sent. */
export const maxDescriptionBytes = 512;

/** Elements of an operation's buffer at most: 4 GiB of them. */
export const maxElements = 2 ** 30;

/** Bytes of a message beside its payload, at most. */
export const segmentHeaderBytes = 37 + (1 + 2 + maxDescriptionBytes) + (1 + 1 + 7) + (1 + 5);

/** gRPC's frame: a flag and the length of the message come before it. */
const framePrefixBytes = 5;
const payloadAlignment = 8;

const tags = {
  generation: tagOf.fixed32(1),
  sequence: tagOf.fixed32(2),
  fingerprint: tagOf.fixed32(3),
  hop: tagOf.fixed32(4),
  index: tagOf.fixed32(5),
  dtype: tagOf.varint(6),
  offset: tagOf.fixed32(7),
  count: tagOf.fixed32(8),
  description: tagOf.bytes(9),
  padding: tagOf.bytes(10),
  payload: tagOf.bytes(11),
} as const;

export const dtypeNumbers = { float32: 1, int32: 2 } as const satisfies Record<DType, number>;

/** Refuses, with `argument_invalid`, what could not be encoded; encoding itself then cannot fail. */
export function checkSegment(segment: OutgoingSegment, segmentBytes: number): void {
  const { offset, count, memory, byteOffset } = segment;
  for (const field of ["generation", "sequence", "fingerprint", "hop", "index"] as const) {
    if (segment[field] >>> 0 !== segment[field]) {
      refuseSegment(`${field} to be an integer from 0 to 2^32 - 1`, segment[field]);
    }
  }
  if (count >>> 0 !== count || count * elementBytes > segmentBytes) {
    refuseSegment(`a count of 0 to ${segmentBytes / elementBytes} elements`, count);
  }
  if (offset >>> 0 !== offset || offset + count > maxElements) {
    refuseSegment(`offset + count to be at most ${maxElements}`, offset + count);
  }
  if (byteOffset >>> 0 !== byteOffset || byteOffset + count * elementBytes > memory.length) {
    refuseSegment(`a payload inside its ${memory.length} bytes of memory`, byteOffset);
  }
}

/** Bytes of the message that `encodeSegment` writes. */
export function encodedSegmentBytes(segment: OutgoingSegment): number {
  const descriptionBytes = Buffer.byteLength(clip(segment.description));
  const payloadBytes = segment.count * elementBytes;
  const before =
    37 + (descriptionBytes === 0 ? 0 : 1 + varintBytes(descriptionBytes) + descriptionBytes);
  const padding = 1 + 1 + paddingBytes(before, payloadBytes);
  return before + padding + 1 + varintBytes(payloadBytes) + payloadBytes;
}

/** How many zeros align the payload, where so many bytes come before the padding's tag. */
function paddingBytes(before: number, payloadBytes: number): number {
  const unpadded = framePrefixBytes + before + 1 + 1 + 1 + varintBytes(payloadBytes);
  return (payloadAlignment - (unpadded % payloadAlignment)) % payloadAlignment;
}

/** Writes the message into `target` from `offset` on; returns where it ends. */
export function encodeSegment(segment: OutgoingSegment, target: Buffer, offset: number): number {
  const position = encodeSegmentHeader(segment, target, offset);
  const payload = payloadOf(segment);
  target.set(payload, position);
  return position + payload.length;
}

/** A view of the elements where they lie: the end of the message. */
export function payloadOf({ memory, byteOffset, count }: OutgoingSegment): Buffer {
  return Buffer.from(memory.buffer, memory.byteOffset + byteOffset, count * elementBytes);
}

/** Writes all that comes before the payload; returns where that belongs. */
export function encodeSegmentHeader(
  segment: OutgoingSegment,
  target: Buffer,
  offset: number,
): number {
  let position = offset;
  const fixed32 = (tag: number, value: number): void => {
    target[position] = tag;
    position = target.writeUInt32LE(value, position + 1);
  };
  fixed32(tags.generation, segment.generation);
  fixed32(tags.sequence, segment.sequence);
  fixed32(tags.fingerprint, segment.fingerprint);
  fixed32(tags.hop, segment.hop);
  fixed32(tags.index, segment.index);
  target[position++] = tags.dtype;
  target[position++] = dtypeNumbers[segment.dtype];
  fixed32(tags.offset, segment.offset);
  fixed32(tags.count, segment.count);
  const description = clip(segment.description);
  if (description !== "") {
    target[position++] = tags.description;
    position = writeVarint(Buffer.byteLength(description), target, position);
    position += target.write(description, position);
  }
  const payloadBytes = segment.count * elementBytes;
  const padding = paddingBytes(position - offset, payloadBytes);
  target[position++] = tags.padding;
  target[position++] = padding;
  target.fill(0, position, position + padding);
  position += padding;
  target[position++] = tags.payload;
  return writeVarint(payloadBytes, target, position);
}

export type MutableSegment = {
  -readonly [field in keyof IncomingSegment]: IncomingSegment[field];
};

/** For a reader of a link, which fills the same one again and again. */
export function blankSegment(): MutableSegment {
  return {
    generation: 0,
    sequence: 0,
    fingerprint: 0,
    hop: 0,
    index: 0,
    dtype: "float32",
    offset: 0,
    count: 0,
    description: "",
    message: Buffer.alloc(0),
    payloadOffset: 0,
  };
}

/**
 * Decodes what comes over one link. It returns the same object every time, with the fields of the
 * latest message; the payload stays where it is, in that message. Refuses with `message_invalid`.
 */
export class SegmentDecoder {
  readonly #reader: WireReader;
  readonly #segmentBytes: number;
  readonly #segment = blankSegment();

  /** `segmentBytes`: payload bytes of a segment at most. */
  constructor(peer: number, segmentBytes: number) {
    this.#reader = new WireReader(`a segment from rank ${peer}`, { peer });
    this.#segmentBytes = segmentBytes;
  }

  decode(message: Buffer): IncomingSegment {
    const segment = this.#segment;
    this.#reader.reset(message);
    segment.message = message;
    segment.generation = this.#fixed32("generation");
    segment.sequence = this.#fixed32("sequence");
    segment.fingerprint = this.#fixed32("fingerprint");
    segment.hop = this.#fixed32("hop");
    segment.index = this.#fixed32("index");
    segment.dtype = this.#dtype();
    segment.offset = this.#fixed32("offset");
    segment.count = this.#fixed32("count");
    segment.description = this.#description(message);
    this.#padding(message);
    segment.payloadOffset = this.#payload(segment.offset, segment.count);
    return segment;
  }

  #fixed32(
    field: Exclude<keyof typeof tags, "dtype" | "description" | "padding" | "payload">,
  ): number {
    this.#reader.expect(tags[field], field);
    return this.#reader.fixed32(field);
  }

  #dtype(): DType {
    this.#reader.expect(tags.dtype, "dtype");
    const value = this.#reader.varint32("dtype");
    if (value === dtypeNumbers.float32) return "float32";
    if (value === dtypeNumbers.int32) return "int32";
    return this.#reader.refuse("dtype 1 (float32) or 2 (int32)", `${value}`);
  }

  #description(message: Buffer): string {
    const reader = this.#reader;
    if (!reader.has(tags.description)) return "";
    reader.expect(tags.description, "description");
    const byteCount = reader.varint32("the description's length");
    if (byteCount === 0 || byteCount > maxDescriptionBytes) {
      reader.refuse(`a description of 1 to ${maxDescriptionBytes} bytes`, `${byteCount}`);
    }
    const start = reader.skip(byteCount, "description");
    const bytes = message.subarray(start, start + byteCount);
    if (!isUtf8(bytes)) reader.refuse("a description in UTF-8", "other bytes");
    return bytes.toString();
  }

  #padding(message: Buffer): void {
    const reader = this.#reader;
    reader.expect(tags.padding, "padding");
    const byteCount = reader.varint32("the padding's length");
    if (byteCount >= payloadAlignment) {
      reader.refuse(`less than ${payloadAlignment} bytes of padding`, `${byteCount}`);
    }
    const start = reader.skip(byteCount, "padding");
    for (let position = start; position < start + byteCount; position++) {
      if (message[position] !== 0) reader.refuse("padding of zeros", `${message[position] ?? ""}`);
    }
  }

  #payload(offset: number, count: number): number {
    const reader = this.#reader;
    reader.expect(tags.payload, "payload");
    const byteCount = reader.varint32("the payload's length");
    if (byteCount !== count * elementBytes) {
      reader.refuse(`${count * elementBytes} payload bytes for count ${count}`, `${byteCount}`);
    }
    if (byteCount > this.#segmentBytes) {
      reader.refuse(`at most ${this.#segmentBytes} payload bytes`, `${byteCount}`);
    }
    if (offset + count > maxElements) {
      reader.refuse(`offset + count to be at most ${maxElements}`, `${offset + count}`);
    }
    const start = reader.skip(byteCount, "payload");
    if ((framePrefixBytes + start) % payloadAlignment !== 0) {
      reader.refuse(`a payload aligned to ${payloadAlignment} bytes`, `offset ${start}`);
    }
    if (reader.remaining !== 0) {
      reader.refuse("nothing after the payload", `${reader.remaining} bytes`);
    }
    return start;
  }
}

/** At most `maxDescriptionBytes` of UTF-8; no character is cut in two. */
export function clip(description: string): string {
  // A UTF-16 code unit takes at most three bytes, so short ones need no second look.
  if (description.length * 3 <= maxDescriptionBytes) return description;
  const scratch = Buffer.alloc(maxDescriptionBytes);
  return scratch.toString("utf8", 0, scratch.write(description));
}

function refuseSegment(expected: string, got: number): never {
  throw new KoloError("argument_invalid", `a segment to send: expected ${expected}, got ${got}`);
}
