/**
 * What a caller hears whose certificate is refused: HTTP/2's own word for it, before any HTTP/2 is
 * spoken with it.
 *
 * Source: RFC 9113, 4.1, 6.5, 6.8 and 7.
 */
import { constants } from "node:http2";

/** HTTP/2, as ALPN names it. */
export const protocol = "h2";

const frameHeadBytes = 9;
const frameTypes = { settings: 4, goAway: 7 } as const;
const mostReasonBytes = 200;

/** An empty SETTINGS frame, with which a server begins, and a GOAWAY frame. */
export function makeGoAway(reason: string): Buffer {
  const text = Buffer.from(reason).subarray(0, mostReasonBytes);
  const body = Buffer.alloc(8);
  body.writeUInt32BE(constants.NGHTTP2_INADEQUATE_SECURITY, 4);
  return Buffer.concat([
    frameHead(frameTypes.settings, 0),
    frameHead(frameTypes.goAway, body.length + text.length),
    ...[body, text],
  ]);
}

/** The reason, from a peer that may be anybody. */
export function readGoAway(reason: Buffer | undefined): string {
  const text = reason?.subarray(0, mostReasonBytes).toString("latin1") ?? "";
  return text.replace(/[^ -~]/g, "?");
}

function frameHead(type: number, byteCount: number): Buffer {
  const head = Buffer.alloc(frameHeadBytes);
  head.writeUIntBE(byteCount, 0, 3);
  head[3] = type;
  return head;
}
