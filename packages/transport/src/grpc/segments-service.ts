/** kolo.segments.v1.Segments of proto/segment.proto, as grpc-js wants to have it described. */
import { type MethodDefinition } from "@grpc/grpc-js";
import { type OutgoingSegment } from "../link.js";
import { encodedSegmentBytes, encodeSegment } from "../segment-codec.js";

/**
 * A message that grpc-js copies into its frame. It asks a serialized response for these two things
 * only (serializeMessage in its server-interceptors), so that the payload goes from the arena into
 * the frame without a buffer between: one copy less, a quarter of the throughput.
 */
class LazyMessage implements Pick<Buffer, "byteLength"> {
  readonly byteLength: number;
  readonly #segment: OutgoingSegment;

  constructor(segment: OutgoingSegment) {
    this.byteLength = encodedSegmentBytes(segment);
    this.#segment = segment;
  }

  copy(target: Buffer, targetStart: number): number {
    return encodeSegment(this.#segment, target, targetStart) - targetStart;
  }
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** Requests stay bytes until the token is checked, segments until the inbox refuses them by code. */
export const pullMethod = {
  path: "/kolo.segments.v1.Segments/Pull",
  requestStream: false,
  responseStream: true,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  // The cast is honest as long as grpc-js asks for no more; the contract test would notice.
  responseSerialize: (segment) => new LazyMessage(segment) as unknown as Buffer,
  responseDeserialize: () => {
    throw new Error("a client reads segments as bytes");
  },
} as const satisfies MethodDefinition<Buffer, OutgoingSegment>;

export const segmentsService = { Pull: pullMethod };
