/**
 * What precedes a payload on a socket: ten little-endian words of 32 bits, then the description.
 *
 *   0  kind         "KSEG" for a segment, "KEND" for the end of the stream
 *   4  generation   8 sequence   12 fingerprint   16 hop   20 index
 *  24  dtype       28 offset     32 count         36 bytes of the description
 *
 * A kind of four letters makes a stream that has lost its step known at once.
 */
import { elementBytes, KoloError } from "@kolo/core";
import { type OutgoingSegment } from "../link.js";
import {
  clip,
  dtypeNumbers,
  maxDescriptionBytes,
  maxElements,
  type MutableSegment,
} from "../segment-codec.js";

/** Without the description. */
export const frameHeaderBytes = 40;

const kinds = { segment: 0x4745534b, end: 0x444e454b } as const;

const descriptionField = 36;

/** Says that the stream ends well: one that ends without it is broken. */
export const endFrame: Buffer = Buffer.alloc(frameHeaderBytes);
endFrame.writeUInt32LE(kinds.end, 0);

/** The header and the description; the payload follows them. The segment must have been checked. */
export function encodeFrameHeader(segment: OutgoingSegment): Buffer {
  const description = clip(segment.description);
  const descriptionBytes = description === "" ? 0 : Buffer.byteLength(description);
  const header = Buffer.allocUnsafe(frameHeaderBytes + descriptionBytes);
  header.writeUInt32LE(kinds.segment, 0);
  header.writeUInt32LE(segment.generation, 4);
  header.writeUInt32LE(segment.sequence, 8);
  header.writeUInt32LE(segment.fingerprint, 12);
  header.writeUInt32LE(segment.hop, 16);
  header.writeUInt32LE(segment.index, 20);
  header.writeUInt32LE(dtypeNumbers[segment.dtype], 24);
  header.writeUInt32LE(segment.offset, 28);
  header.writeUInt32LE(segment.count, 32);
  header.writeUInt32LE(descriptionBytes, descriptionField);
  if (descriptionBytes > 0) header.write(description, frameHeaderBytes);
  return header;
}

export interface FrameLimits {
  /** Whose stream this is, for errors. */
  readonly peer: number;
  /** Payload bytes of a segment at most. */
  readonly segmentBytes: number;
}

/**
 * Reads a header into `segment`. Returns the bytes of the description that follows, or undefined for
 * the end of the stream. Refuses with `message_invalid` what is malformed or beyond the limits,
 * before anything is made of it.
 */
export function decodeFrameHeader(
  header: Buffer,
  segment: MutableSegment,
  { peer, segmentBytes }: FrameLimits,
): number | undefined {
  const refuse = (expected: string, got: string): never => {
    throw malformedFrame(peer, expected, got);
  };
  const kind = header.readUInt32LE(0);
  if (kind === kinds.end) {
    if (header.equals(endFrame)) return undefined;
    return refuse("zeros after KEND", "other bytes");
  }
  if (kind !== kinds.segment) return refuse("KSEG or KEND", `0x${kind.toString(16)}`);
  segment.generation = header.readUInt32LE(4);
  segment.sequence = header.readUInt32LE(8);
  segment.fingerprint = header.readUInt32LE(12);
  segment.hop = header.readUInt32LE(16);
  segment.index = header.readUInt32LE(20);
  const dtype = header.readUInt32LE(24);
  if (dtype === dtypeNumbers.float32) segment.dtype = "float32";
  else if (dtype === dtypeNumbers.int32) segment.dtype = "int32";
  else refuse("dtype 1 (float32) or 2 (int32)", `${dtype}`);
  const offset = (segment.offset = header.readUInt32LE(28));
  const count = (segment.count = header.readUInt32LE(32));
  if (count * elementBytes > segmentBytes) {
    refuse(`at most ${segmentBytes} payload bytes`, `${count * elementBytes}`);
  }
  if (offset + count > maxElements) {
    refuse(`offset + count to be at most ${maxElements}`, `${offset + count}`);
  }
  const descriptionBytes = header.readUInt32LE(descriptionField);
  if (descriptionBytes > maxDescriptionBytes) {
    refuse(`a description of at most ${maxDescriptionBytes} bytes`, `${descriptionBytes}`);
  }
  return descriptionBytes;
}

export function malformedFrame(peer: number, expected: string, got: string): KoloError {
  return new KoloError(
    "message_invalid",
    `a frame from rank ${peer} is malformed: expected ${expected}, got ${got}. Do all ranks run ` +
      `the same version of kolo with the same options?`,
    { peer },
  );
}
