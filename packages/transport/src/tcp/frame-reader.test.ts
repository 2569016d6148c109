import { describe, expect, it } from "@jest/globals";
import { elementBytes, isKoloError } from "@kolo/core";
import fc from "fast-check";
import { type OutgoingSegment, type SegmentHeader } from "../link.js";
import { maxDescriptionBytes } from "../segment-codec.js";
import { segmentOf } from "../testing/segments.js";
import { encodeFrameHeader, endFrame, frameHeaderBytes } from "./frame-header.js";
import { FrameReader } from "./frame-reader.js";

const segmentBytes = 256;

interface Reading {
  readonly segments: (SegmentHeader & { payload: Buffer })[];
  ended: boolean;
}

/** Feeds bytes in pieces of these sizes, again and again, never more than there is room for. */
function read(bytes: Buffer, pieces: readonly number[], placed = false): Reading {
  const reading: Reading = { segments: [], ended: false };
  const place = new Uint8Array(segmentBytes);
  const reader = new FrameReader({
    ...{ peer: 3, segmentBytes },
    place: ({ count }) => (placed ? place.subarray(0, count * elementBytes) : undefined),
  });
  for (let start = 0, turn = 0; start < bytes.length; turn++) {
    const target = reader.target();
    expect(target.length).toBeGreaterThan(0);
    const piece = pieces[turn % pieces.length] ?? 1;
    const byteCount = Math.min(piece, target.length, bytes.length - start);
    target.set(bytes.subarray(start, start + byteCount));
    start += byteCount;
    const progress = reader.filled(byteCount);
    if (progress === "end") reading.ended = true;
    if (progress !== "segment") continue;
    const { message, payloadOffset, ...header } = reader.segment;
    const payload = message.subarray(payloadOffset, payloadOffset + header.count * elementBytes);
    expect(payload.buffer === place.buffer).toBe(placed);
    reading.segments.push({ ...header, payload: Buffer.from(payload) });
  }
  return reading;
}

function frame(segment: OutgoingSegment): Buffer {
  const { memory, byteOffset, count } = segment;
  const payload = memory.subarray(byteOffset, byteOffset + count * elementBytes);
  return Buffer.concat([encodeFrameHeader(segment), payload]);
}

/** A header in which one word is another. */
function headerWith(at: number, value: number, parts: Partial<OutgoingSegment> = {}): Buffer {
  const header = encodeFrameHeader(segmentOf({ count: 4, ...parts }));
  header.writeUInt32LE(value, at);
  return header;
}

const word = fc.nat({ max: 2 ** 32 - 1 });
const anySegment = fc
  .record({
    ...{ generation: word, sequence: word, fingerprint: word, hop: word, index: word },
    dtype: fc.constantFrom("float32" as const, "int32" as const),
    offset: fc.nat(2 ** 30 - segmentBytes),
    description: fc.string({ unit: "grapheme", maxLength: 40 }),
    payload: fc.uint8Array({ maxLength: segmentBytes / elementBytes }),
  })
  .map(({ payload, ...parts }) =>
    segmentOf({ ...parts, memory: Buffer.from([...payload].flatMap((byte) => [byte, 1, 2, 3])) }),
  );
const cuts = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 8 });

describe("FrameReader", () => {
  it("finds the segments in any stream, cut anyhow", () => {
    fc.assert(
      fc.property(fc.array(anySegment), cuts, fc.boolean(), (sent, pieces, placed) => {
        const stream = Buffer.concat([...sent.map(frame), endFrame]);
        const { segments, ended } = read(stream, pieces, placed);
        const expected = sent.map(({ memory, byteOffset, ...header }) => {
          expect(byteOffset).toBe(0);
          return { ...header, payload: memory };
        });
        expect(segments).toEqual(expected);
        expect(ended).toBe(true);
      }),
    );
  });

  it("takes or refuses any bytes, cut anyhow, and reads nowhere else", () => {
    const flipped = fc
      .tuple(anySegment, fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 4 }))
      .map(([segment, changes]) => {
        const bytes = frame(segment);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        return bytes;
      });
    const noise = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    const pieces = fc.array(fc.oneof(flipped, noise, fc.constant(endFrame)), { maxLength: 6 });
    fc.assert(
      fc.property(pieces, cuts, (parts, sizes) => {
        const bytes = Buffer.concat(parts);
        const outcome = (cut: readonly number[]): unknown => {
          try {
            return read(bytes, cut);
          } catch (error) {
            if (!isKoloError(error) || error.code !== "message_invalid") throw error;
            return error.message;
          }
        };
        // The cuts make no difference.
        expect(outcome(sizes)).toEqual(outcome([1000]));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["another kind", headerWith(0, 0x47455350)],
    ["an end with more in it", Buffer.concat([endFrame.subarray(0, 39), Buffer.from([1])])],
    ["an unknown dtype", headerWith(24, 3)],
    ["a payload above a segment", headerWith(32, segmentBytes / 4 + 1)],
    ["a payload of 16 GiB", headerWith(32, 2 ** 32 - 1)],
    ["a place beyond any buffer", headerWith(28, 2 ** 30 - 3)],
    ["a description that is too long", headerWith(36, maxDescriptionBytes + 1)],
    ["a description of 4 GiB", headerWith(36, 2 ** 32 - 1)],
    [
      "a description that is no text",
      Buffer.concat([headerWith(36, 2), Buffer.from([0xc3, 0x28])]),
    ],
    ["what comes after the end", Buffer.concat([endFrame, Buffer.from([0])])],
  ])("refuses %s", (_what, bytes) => {
    expect(() => read(bytes, [1000])).toThrow("[message_invalid] a frame from rank 3");
  });

  it("waits for whatever is missing", () => {
    const whole = frame(segmentOf({ count: 4, description: "two words" }));
    for (let length = 0; length < whole.length; length++) {
      expect(read(whole.subarray(0, length), [7])).toEqual({ segments: [], ended: false });
    }
  });

  it("asks for a place when it has checked the header, and not before", () => {
    const asked: string[] = [];
    const reader = new FrameReader({
      ...{ peer: 3, segmentBytes },
      place: ({ description }) => {
        asked.push(description);
        return undefined;
      },
    });
    const header = encodeFrameHeader(segmentOf({ count: 4, description: "abc" }));
    for (const [start, end] of [
      [0, 39],
      [39, frameHeaderBytes],
      [frameHeaderBytes, frameHeaderBytes + 2],
    ] as const) {
      reader.target().set(header.subarray(start, end));
      reader.filled(end - start);
      expect(asked).toEqual([]);
    }
    reader.target().set(header.subarray(frameHeaderBytes + 2));
    reader.filled(1);
    expect(asked).toEqual(["abc"]);
  });

  it("refuses a place that is not exactly as long as the payload", () => {
    const place = (): Uint8Array => new Uint8Array(8);
    const reader = new FrameReader({ peer: 3, segmentBytes, place });
    reader.target().set(encodeFrameHeader(segmentOf({ count: 4 })));
    expect(() => reader.filled(frameHeaderBytes)).toThrow("[internal] expected a place of 16");
  });
});
