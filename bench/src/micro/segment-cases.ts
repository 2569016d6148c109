/** A segment into the message that travels, and back; decoding leaves the payload where it is. */
import {
  encodedSegmentBytes,
  encodeSegment,
  type OutgoingSegment,
  SegmentDecoder,
} from "@kolo/transport";
import { type MicroCase } from "./micro-case.js";

/** gRPC writes five bytes before a message; the codec aligns the payload behind them. */
const framePrefixBytes = 5;

export function segmentCases(bytes: number): MicroCase[] {
  const segment: OutgoingSegment = {
    ...{ generation: 1, sequence: 2, fingerprint: 3, hop: 4, index: 5 },
    ...{ dtype: "float32", offset: 0, count: bytes / 4, description: "" },
    ...{ memory: new Uint8Array(new SharedArrayBuffer(bytes)), byteOffset: 0 },
  };
  const messageBytes = encodedSegmentBytes(segment);
  const frame = Buffer.alloc(framePrefixBytes + messageBytes);
  const message = frame.subarray(framePrefixBytes);
  encodeSegment(segment, frame, framePrefixBytes);
  const decoder = new SegmentDecoder(0, bytes);
  return [
    {
      name: "encode a segment",
      bytes,
      run: () => {
        encodeSegment(segment, frame, framePrefixBytes);
      },
    },
    {
      name: "decode a segment",
      bytes,
      run: () => {
        decoder.decode(message);
      },
    },
  ];
}
