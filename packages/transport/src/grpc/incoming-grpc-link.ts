/** Pulls the segments of one peer: a connection with one call, feeding an inbox. */
import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { connect } from "node:net";
import { KoloError } from "@kolo/core";
import { Inbox } from "../inbox.js";
import { segmentHeaderBytes } from "../segment-codec.js";
import { type PullOptions } from "../socket-transport.js";
import { netOptionsOf } from "./address.js";
import { requestHeaders, statusIn } from "./call-headers.js";
import { grpcStatus, type Refusal } from "./grpc-status.js";
import { FrameError, framePrefixBytes, writeFramePrefix } from "./message-assembler.js";
import { MessageReader } from "./message-reader.js";
import { encodePullRequest } from "./pull-request.js";
import { toKoloError } from "./to-kolo-error.js";

/** Bytes that may be under way to a client that does not read, at least: 64 KiB would throttle. */
const leastWindowBytes = 4 * 2 ** 20;

export function pullSegments(options: PullOptions): Inbox {
  const { place, receiver, onOpen, token, segmentBytes, connectTimeoutMs, clock } = options;
  const { rank, peer, address, generation, channel, channels } = place;
  const windowBytes = Math.max(leastWindowBytes, 4 * segmentBytes);
  const session = connectHttp2("http://localhost", {
    createConnection: () => connect({ ...netOptionsOf(address), noDelay: true }),
    settings: { initialWindowSize: windowBytes, enablePush: false },
    // The window bounds what may come.
    maxSessionMemory: Number.MAX_SAFE_INTEGER,
  });
  session.once("connect", () => {
    session.setLocalWindowSize(windowBytes);
  });
  const stream = session.request(requestHeaders(token));
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
  session.on("error", (error: Error) => {
    lose(error.message);
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
  stream.on("error", (error: Error) => {
    lose(error.message);
  });
  stream.on("close", () => {
    lose("the stream was cut off");
  });
  return inbox;
}

function framedRequest(request: Buffer): Buffer {
  const frame = Buffer.alloc(framePrefixBytes + request.length);
  request.copy(frame, writeFramePrefix(request.length, frame, 0));
  return frame;
}
