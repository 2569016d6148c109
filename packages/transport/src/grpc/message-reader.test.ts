import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { grpcStatus } from "./grpc-status.js";
import { framePrefixBytes, writeFramePrefix } from "./message-assembler.js";
import { MessageReader } from "./message-reader.js";

const mostBytes = 64;

function framed(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(framePrefixBytes + message.length);
  frame.set(message, writeFramePrefix(message.length, frame, 0));
  return frame;
}

describe("reading messages from a stream", () => {
  const messages = fc.array(fc.uint8Array({ maxLength: mostBytes }), { maxLength: 10 });

  it("needs no more than the bytes in order, also where it is paused after any message", () => {
    const property = fc.property(
      messages,
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      fc.array(fc.boolean(), { minLength: 1 }),
      (sent, pieceBytes, pauses) => {
        const got: Buffer[] = [];
        const reader = new MessageReader(mostBytes, (message) => {
          if (pauses[got.length % pauses.length] === true) reader.pause();
          got.push(Buffer.from(message));
        });
        const stream = Buffer.concat(sent.map(framed));
        for (let start = 0, i = 0; start < stream.length; i++) {
          const end = start + (pieceBytes[i % pieceBytes.length] ?? 1);
          reader.read(stream.subarray(start, end));
          while (reader.isPaused) {
            const before = got.length;
            reader.resume();
            expect(got.length - before).toBeLessThanOrEqual(end - start);
          }
          start = end;
        }
        expect(got).toEqual(sent.map((message) => Buffer.from(message)));
      },
    );
    fc.assert(property);
  });

  it.each([
    ["too long", framed(Buffer.alloc(mostBytes + 1)), grpcStatus.resourceExhausted],
    ["compressed", Buffer.from([1, 0, 0, 0, 0]), grpcStatus.unimplemented],
    ["endless", Buffer.from([0, 255, 255, 255, 255]), grpcStatus.resourceExhausted],
  ])("refuses a message that is %s by its prefix", (_what, bytes, code) => {
    const reader = new MessageReader(mostBytes, () => undefined);
    const refused = expect.objectContaining({ code }) as unknown as Error;
    expect(() => {
      reader.read(bytes.subarray(0, framePrefixBytes));
    }).toThrow(refused);
  });
});
