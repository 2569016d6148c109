import { join } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { elementBytes, isKoloError } from "@kolo/core";
import fc from "fast-check";
import protobuf from "protobufjs";
import { type OutgoingSegment } from "./link.js";
import {
  encodedSegmentBytes,
  encodeSegment,
  maxDescriptionBytes,
  SegmentDecoder,
  segmentHeaderBytes,
} from "./segment-codec.js";
import { segmentOf } from "./testing/segments.js";

const segmentBytes = 1024;
const dtypeNumbers = { float32: 1, int32: 2 };

function encode(segment: OutgoingSegment): Buffer {
  const message = Buffer.alloc(encodedSegmentBytes(segment));
  expect(encodeSegment(segment, message, 0)).toBe(message.length);
  return message;
}

function decode(message: Buffer) {
  const { payloadOffset, ...header } = new SegmentDecoder(3, segmentBytes).decode(message);
  const end = payloadOffset + header.count * elementBytes;
  return { ...header, payload: message.subarray(payloadOffset, end) };
}

const number = fc.nat({ max: 2 ** 32 - 1 });
const anySegment = fc
  .record({
    generation: number,
    sequence: number,
    fingerprint: number,
    hop: number,
    index: number,
    dtype: fc.constantFrom("float32" as const, "int32" as const),
    offset: fc.nat(2 ** 30 - segmentBytes),
    description: fc.string({ unit: "grapheme", maxLength: 60 }),
    elements: fc.array(number, { maxLength: segmentBytes / elementBytes }),
  })
  .map(({ elements, ...parts }) =>
    segmentOf({ ...parts, memory: Buffer.from(Uint32Array.from(elements).buffer) }),
  );

describe("the segment's encoding", () => {
  let type: protobuf.Type;

  beforeAll(async () => {
    const root = await protobuf.load(join(__dirname, "../proto/segment.proto"));
    type = root.lookupType("kolo.segments.v1.Segment");
  });

  const fieldsOf = (segment: OutgoingSegment) => {
    const { memory, byteOffset, description, dtype, ...numbers } = segment;
    return {
      ...numbers,
      dtype: dtypeNumbers[dtype],
      ...(description !== "" && { description }),
      padding: paddingOf(segment),
      payload: memory.subarray(byteOffset),
    };
  };

  /** As many zeros as put the payload on a multiple of 8, behind the 5 bytes of gRPC's frame. */
  const paddingOf = ({ description, memory, byteOffset }: OutgoingSegment) => {
    const lengthBytes = memory.length - byteOffset < 128 ? 1 : 2;
    const text = Buffer.byteLength(description);
    const before = 5 + 37 + (text === 0 ? 0 : 1 + (text < 128 ? 1 : 2) + text);
    const lengths = [0, 1, 2, 3, 4, 5, 6, 7];
    return Buffer.alloc(lengths.find((n) => (before + 2 + n + 1 + lengthBytes) % 8 === 0) ?? NaN);
  };

  it("is byte for byte what a protobuf library writes", () => {
    fc.assert(
      fc.property(anySegment, (segment) => {
        const theirs = type.encode(type.create(fieldsOf(segment))).finish();
        expect(encode(segment).equals(theirs)).toBe(true);
      }),
    );
  });

  it("is read by a protobuf library, and reads what that wrote", () => {
    fc.assert(
      fc.property(anySegment, (segment) => {
        const fields = fieldsOf(segment);
        const read = type.toObject(type.decode(encode(segment)), { longs: Number });
        const bytes = { padding: undefined, payload: undefined };
        expect({ ...read, ...bytes }).toEqual({ ...fields, ...bytes });
        expect(fields.payload).toEqual(Buffer.from(read["payload"] as Uint8Array));

        const theirs = Buffer.from(type.encode(type.create(fields)).finish());
        const { payload, message, ...header } = decode(theirs);
        const { memory, byteOffset, ...sent } = segment;
        expect(header).toEqual(sent);
        expect(message).toBe(theirs);
        expect(payload.equals(memory.subarray(byteOffset))).toBe(true);
      }),
    );
  });

  it("writes where it is told, and nowhere else", () => {
    const segment = segmentOf({ count: 2 });
    const target = Buffer.alloc(encodedSegmentBytes(segment) + 10, 0xee);
    expect(encodeSegment(segment, target, 5)).toBe(target.length - 5);
    expect([...target.subarray(0, 5), ...target.subarray(-5)]).toEqual(Array(10).fill(0xee));
    expect(decode(target.subarray(5, -5)).count).toBe(2);
  });

  it("cuts a description that is too long, between characters", () => {
    const message = encode(segmentOf({ description: "λ".repeat(255) + "木木" }));
    expect(decode(message).description).toBe("λ".repeat(255));
  });

  it("never has a header above the stated maximum", () => {
    const segment = segmentOf({
      description: "x".repeat(maxDescriptionBytes),
      memory: Buffer.alloc(4 * 2 ** 20),
    });
    const headerBytes = encodedSegmentBytes(segment) - segment.memory.length;
    expect(headerBytes).toBeLessThanOrEqual(segmentHeaderBytes);
  });
});

describe("decoding a segment", () => {
  /** A whole message, byte by byte: offset 0x0a, count 1, "hi", six zeros, four payload bytes. */
  const whole = Buffer.from(
    "0d01000000150200000" + // generation, sequence
      "01d03000000250400000" + // fingerprint, hop
      "02d05000000" + // index
      "3001" + // dtype
      "3d0a000000" + // offset
      "4501000000" + // count
      "4a026869" + // description
      "5206000000000000" + // padding
      "5a0401020304", // payload
    "hex",
  );
  const changed = (position: number, ...bytes: number[]): Buffer => {
    const message = Buffer.from(whole);
    Buffer.from(bytes).copy(message, position);
    return message;
  };
  const spliced = (position: number, remove: number, bytes: Buffer): Buffer =>
    Buffer.concat([whole.subarray(0, position), bytes, whole.subarray(position + remove)]);

  it("reads every field", () => {
    const { message, payload, ...header } = decode(whole);
    expect(header).toEqual({
      generation: 1,
      sequence: 2,
      fingerprint: 3,
      hop: 4,
      index: 5,
      dtype: "float32",
      offset: 10,
      count: 1,
      description: "hi",
    });
    expect(message).toBe(whole);
    expect([...payload]).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ["nothing", Buffer.alloc(0), "field generation, got the end"],
    ["a field in another place", changed(0, 0x15), "field generation, got 0x15"],
    ["an unknown wire type", changed(25, 0x37), "field dtype, got 0x37"],
    ["an unknown field", spliced(37, 0, Buffer.from([0x58, 0])), "field padding, got 0x58"],
    ["no dtype", changed(26, 0), "dtype 1 (float32) or 2 (int32), got 0"],
    ["an unknown dtype", changed(26, 3), "dtype 1 (float32) or 2 (int32), got 3"],
    ["a count above the payload", changed(33, 2), "8 payload bytes for count 2, got 4"],
    ["a count below the payload", changed(33, 0), "0 payload bytes for count 0, got 4"],
    ["a count whose bytes overflow", changed(33, 1, 0, 0, 0x40), "payload bytes for count"],
    ["an offset beyond any buffer", changed(28, 0, 0, 0, 0x40), "offset + count to be at most"],
    ["a description that is no UTF-8", changed(39, 0xff, 0xfe), "a description in UTF-8"],
    ["a description beyond the end", changed(38, 0x7f), "127 bytes of description, got 16"],
    [
      "a description that is too long",
      spliced(37, 4, Buffer.concat([Buffer.from([0x4a, 0x81, 0x04]), Buffer.alloc(513)])),
      "1 to 512 bytes, got 513",
    ],
    ["an empty description", spliced(37, 4, Buffer.from([0x4a, 0])), "1 to 512 bytes, got 0"],
    ["a length in a longer form", spliced(42, 1, Buffer.from([0x86, 0])), "its shortest form"],
    ["a length that never ends", spliced(38, 3, Buffer.alloc(9, 0xff)), "at most 5 bytes"],
    ["a length above 2^32", spliced(38, 3, Buffer.alloc(5, 0x7f).fill(0xff, 0, 4)), "below 2^32"],
    ["too much padding", changed(42, 8), "less than 8 bytes of padding, got 8"],
    ["padding that does not align", spliced(41, 8, Buffer.from([0x52, 0])), "aligned to 8 bytes"],
    ["padding that says something", changed(44, 1), "padding of zeros, got 1"],
    ["trailing bytes", Buffer.concat([whole, Buffer.alloc(1)]), "nothing after the payload"],
    [
      "more than a segment",
      encode(segmentOf({ count: segmentBytes / elementBytes + 1 })),
      "at most 1024 payload bytes, got 1028",
    ],
  ])("refuses %s", (_what, message, said) => {
    expect(() => decode(message)).toThrow(said);
    expect(() => decode(message)).toThrow("[message_invalid] a segment from rank 3 is malformed");
  });

  it("refuses a message that ends early, wherever it ends", () => {
    for (let length = 0; length < whole.length; length++) {
      // Behind it lie the bytes that it lacks: a decoder that read on would find them.
      expect(() => decode(whole.subarray(0, length))).toThrow("[message_invalid]");
    }
  });

  it("takes any bytes without reading outside them, and accepts only what it would write", () => {
    const mutated = fc
      .tuple(anySegment, fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 4 }))
      .map(([segment, changes]) => {
        const message = encode(segment);
        for (const [position, byte] of changes) {
          if (position < message.length) message[position] = byte;
        }
        return message;
      });
    const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(mutated, noise), (message) => {
        try {
          const { payload, ...header } = decode(message);
          expect(payload.length).toBe(header.count * elementBytes);
          const again = encode(segmentOf({ ...header, memory: payload }));
          expect(again.equals(message)).toBe(true);
        } catch (error) {
          expect(isKoloError(error) && error.code).toBe("message_invalid");
        }
      }),
      { numRuns: 2000 },
    );
  });
});
