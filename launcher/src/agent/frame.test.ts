import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { encodeFrame, type Frame, FrameReader, maxPayloadBytes, notices, orders } from "./frame.js";

const anyNotice = fc.record({
  kind: fc.constantFrom(...(Object.keys(notices) as (keyof typeof notices)[])),
  rank: fc.nat(0xffff),
  payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

function head(length: number, kind: number): Buffer {
  const bytes = Buffer.alloc(7);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt8(kind, 4);
  return bytes;
}

describe("frames", () => {
  it("arrive as they were sent, however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(anyNotice),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (sent, cuts) => {
          const bytes = Buffer.concat(
            sent.map(({ kind, rank, payload }) => encodeFrame(kind, rank, payload)),
          );
          const reader = new FrameReader(notices);
          const got: Frame[] = [];
          for (let at = 0, i = 0; at < bytes.length; i += 1) {
            const cut = cuts[i % cuts.length] ?? 1;
            got.push(...reader.push(bytes.subarray(at, at + cut)));
            at += cut;
          }
          expect(got).toEqual(sent);
        },
      ),
    );
  });

  it("are refused for any bytes that are none, and never held beyond the longest", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 })), (chunks) => {
        const reader = new FrameReader(orders);
        try {
          for (const chunk of chunks) {
            for (const { payload } of reader.push(Buffer.from(chunk))) {
              expect(payload.length).toBeLessThanOrEqual(maxPayloadBytes);
            }
          }
        } catch (error) {
          expect(error).toMatchObject({ code: "message_invalid" });
        }
      }),
    );
  });

  it.each([
    ["of an unknown kind", head(3, 200), "of a known kind, got 200"],
    ["of the other direction", encodeFrame("hello"), "of a known kind, got 17"],
    ["without a head", head(2, orders.ping), "with a head, got 2 bytes"],
    ["that are too long", head(4 + maxPayloadBytes + 1, orders.spawn), "of at most 8388608 bytes"],
  ])("%s are refused as soon as the head is there", (_what, bytes, message) => {
    expect(() => new FrameReader(orders).push(bytes)).toThrow(message);
  });

  it("that are too long are not sent either", () => {
    expect(() => encodeFrame("spawn", 0, Buffer.alloc(maxPayloadBytes + 1))).toThrow(
      "[message_invalid] expected a frame of at most",
    );
  });
});
