/** The message PullRequest of proto/segment.proto: who pulls, and as a member of which world. */
import { type Caller } from "../decide-peer.js";
import { tagOf, WireReader, writeVarint } from "../protobuf-wire.js";

/** Bytes of an encoded request at most: the receive limit of the server. */
export const pullRequestBytes = 24;

const fields = [
  ["rank", tagOf.varint(1)],
  ["generation", tagOf.varint(2)],
  ["channel", tagOf.varint(3)],
  ["channels", tagOf.varint(4)],
] as const;

export function encodePullRequest(request: Caller): Buffer {
  const target = Buffer.alloc(pullRequestBytes);
  let position = 0;
  for (const [field, tag] of fields) {
    // Zero is what a field says that is not there.
    if (request[field] === 0) continue;
    target[position++] = tag;
    position = writeVarint(request[field], target, position);
  }
  return target.subarray(0, position);
}

/** Refuses with `message_invalid`. */
export function decodePullRequest(message: Buffer): Caller {
  const reader = new WireReader("a request to pull segments");
  reader.reset(message);
  const request = { rank: 0, generation: 0, channel: 0, channels: 0 };
  for (const [field, tag] of fields) {
    if (!reader.has(tag)) continue;
    reader.expect(tag, field);
    request[field] = reader.varint32(field);
  }
  if (reader.remaining !== 0) reader.refuse("rank, generation and channels only", "more");
  return request;
}
