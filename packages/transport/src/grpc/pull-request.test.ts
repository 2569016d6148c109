import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { isKoloError } from "@kolo/core";
import fc from "fast-check";
import protobuf from "protobufjs";
import { decodePullRequest, encodePullRequest, pullRequestBytes } from "./pull-request.js";

const number = fc.oneof(fc.constantFrom(0, 127, 128, 2 ** 32 - 1), fc.nat({ max: 2 ** 32 - 1 }));
const anyRequest = fc.record({
  rank: number,
  generation: number,
  channel: number,
  channels: number,
});

describe("a request to pull", () => {
  it("is byte for byte what a protobuf library writes, and both read it", async () => {
    const root = await protobuf.load(join(__dirname, "../../proto/segment.proto"));
    const type = root.lookupType("kolo.segments.v1.PullRequest");
    fc.assert(
      fc.property(anyRequest, (request) => {
        const ours = encodePullRequest(request);
        expect(ours.length).toBeLessThanOrEqual(pullRequestBytes);
        expect(type.toObject(type.decode(ours), { defaults: true })).toEqual(request);
        expect(decodePullRequest(ours)).toEqual(request);
        const said = Object.entries(request).filter(([, value]) => value !== 0);
        const theirs = type.encode(type.create(Object.fromEntries(said))).finish();
        expect(ours.equals(theirs)).toBe(true);
      }),
    );
  });

  it("is refused where it is anything else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 26 }), (bytes) => {
        try {
          decodePullRequest(Buffer.from(bytes));
        } catch (error) {
          expect(isKoloError(error) && error.code).toBe("message_invalid");
        }
      }),
    );
    expect(() => decodePullRequest(Buffer.from([0x28, 1]))).toThrow("[message_invalid]");
    expect(() => decodePullRequest(Buffer.from([0x08]))).toThrow("[message_invalid]");
  });
});
