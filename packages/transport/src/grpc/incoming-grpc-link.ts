/** Pulls the segments of one peer: a connection with one call, feeding an inbox. */
import { connect as connectHttp2, constants, type IncomingHttpHeaders } from "node:http2";
import { connect, type Socket } from "node:net";
import { KoloError } from "@kolo/core";
import { dialSecurely, isCertificateTrouble } from "@kolo/tls";
import { hostAndPort } from "../host-and-port.js";
import { Inbox } from "../inbox.js";
import { segmentHeaderBytes } from "../segment-codec.js";
import { type PullOptions } from "../socket-transport.js";
import { netOptionsOf } from "./address.js";
import { requestHeaders, statusIn } from "./call-headers.js";
import { grpcStatus, type Refusal } from "./grpc-status.js";
import { protocol, readGoAway } from "./go-away.js";
import { FrameError, framePrefixBytes, writeFramePrefix } from "./message-assembler.js";
import { MessageReader } from "./message-reader.js";
import { encodePullRequest } from "./pull-request.js";
import { certificateError, toKoloError } from "./to-kolo-error.js";

/** Bytes that may be under way to a client that does not read, at least: 64 KiB would throttle. */
const leastWindowBytes = 4 * 2 ** 20;

export function pullSegments(options: PullOptions): Inbox {
  const { place, receiver, onOpen, token, secure, segmentBytes, connectTimeoutMs, clock } = options;
  const { rank, peer, address, generation, channel, channels } = place;
  const windowBytes = Math.max(leastWindowBytes, 4 * segmentBytes);
  const scheme = secure === undefined ? "http" : "https";
  const session = connectHttp2(`${scheme}://localhost`, {
    createConnection: () => {
      const socket = connectTo(options);
      // Before the session, which says only that it ended.
      return socket.on("error", (error) => {
        fall(error);
      });
    },
    settings: { initialWindowSize: windowBytes, enablePush: false },
    // The window bounds what may come.
    maxSessionMemory: Number.MAX_SAFE_INTEGER,
  });
  session.once("connect", () => {
    session.setLocalWindowSize(windowBytes);
  });
  const stream = session.request(requestHeaders(token, scheme));
  stream.end(framedRequest(encodePullRequest({ rank, generation, channel, channels })));

  let status: Refusal | undefined;
  const reader = new MessageReader(segmentBytes + segmentHeaderBytes, (message) => {
    inbox.deliver(message);
  });
  const inbox = new Inbox({
    peer,
    receiver,
    segmentBytes,
    source: {
      pause: () => {
        reader.pause();
        stream.pause();
      },
      resume: () => {
        read(() => {
          reader.resume();
        });
        // What was left over may have paused it again.
        if (!reader.isPaused) stream.resume();
      },
      stop: () => {
        reader.pause();
        cancelTimeout();
        session.destroy();
      },
    },
  });
  const read = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      fail(error);
    }
  };
  const fail = (refusal: Refusal): void => {
    inbox.fail(toKoloError(refusal, place));
  };
  const lose = (reason: string): void => {
    fail({ code: grpcStatus.unavailable, details: reason });
  };
  const take = (ending: Refusal | undefined): void => {
    status = ending;
    if (ending !== undefined && ending.code !== grpcStatus.ok) fail(ending);
  };
  const cancelTimeout = clock.after(connectTimeoutMs, () => {
    inbox.fail(
      new KoloError(
        "peer_lost",
        `rank ${rank} pulls from rank ${peer}, which did not answer at ${address} ` +
          `within ${connectTimeoutMs} ms`,
        { rank, peer, generation },
      ),
    );
  });
  const fall = (error: Error): void => {
    if (isCertificateTrouble(error)) inbox.fail(certificateError(error.message, place));
    else lose(error.message);
  };
  session.on("error", fall);
  session.on("goaway", (code: number, _last: number, reason: Buffer) => {
    if (code !== constants.NGHTTP2_INADEQUATE_SECURITY) return;
    inbox.fail(certificateError(readGoAway(reason), place));
  });
  stream.on("response", (headers) => {
    // Headers alone: the server has accepted the call. With a status in them, it has not.
    cancelTimeout();
    take(statusIn(headers));
    onOpen();
  });
  stream.on("data", (piece: Buffer) => {
    read(() => {
      reader.read(piece);
    });
  });
  stream.on("trailers", (headers: IncomingHttpHeaders) => {
    take(statusIn(headers));
  });
  stream.on("end", () => {
    if (status?.code === grpcStatus.ok) inbox.end();
    else lose("the stream ended without a status");
  });
  stream.on("error", fall);
  stream.on("close", () => {
    lose("the stream was cut off");
  });
  return inbox;
}

function connectTo({ place, secure }: PullOptions): Socket {
  const { peer, address } = place;
  if (secure === undefined) return connect({ ...netOptionsOf(address), noDelay: true });
  const to = { ...hostAndPort(address), noDelay: true };
  return dialSecurely({ to, credentials: secure, peer: { kind: "rank", rank: peer }, protocol });
}

function framedRequest(request: Buffer): Buffer {
  const frame = Buffer.alloc(framePrefixBytes + request.length);
  request.copy(frame, writeFramePrefix(request.length, frame, 0));
  return frame;
}
