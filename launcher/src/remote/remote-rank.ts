/** A rank that an agent runs on another host, as Ranks sees it: like one of this machine. */
import { PassThrough, type Readable } from "node:stream";
import { type ErrorWire, KoloError } from "@kolo/core";
import { maxOutputBytes, windowBytes } from "../agent/flow.js";
import { type Frame, type NoticeKind, type OrderKind } from "../agent/frame.js";
import {
  encodeCredit,
  encodeStream,
  type Exit,
  readJson,
  readStream,
  type Report,
  type Started,
  type StreamName,
  type Timeline,
  type Unstarted,
} from "../agent/messages.js";
import { type RankProcess } from "../ranks/spawn-rank.js";
import { type RankEvents } from "../ranks/start-rank.js";

type RankNotice = Frame<Exclude<NoticeKind, "hello" | "ready" | "probed" | "ping">>;

export function isRankNotice(frame: Frame<NoticeKind>): frame is RankNotice {
  return !["hello", "ready", "probed", "ping"].includes(frame.kind);
}

export interface RemoteRank {
  readonly process: RankProcess;
  /** A frame about this rank. Throws `message_invalid`. */
  readonly take: (frame: RankNotice) => void;
  /** Its host is out of reach: the streams end, and so does the rank, unless it had. */
  readonly lose: (why: ErrorWire) => void;
}

export function remoteRank(
  events: RankEvents,
  send: (kind: OrderKind, payload?: Buffer) => void,
): RemoteRank {
  let ended = false;
  let gone = false;
  const streams: Record<StreamName, RemoteStream> = {
    stdout: remoteStream((bytes) => {
      send("credit", encodeCredit("stdout", bytes));
    }),
    stderr: remoteStream((bytes) => {
      send("credit", encodeCredit("stderr", bytes));
    }),
  };
  const endStreams = (): void => {
    streams.stdout.end();
    streams.stderr.end();
  };

  return {
    process: {
      group: {
        get alive() {
          return !gone;
        },
        signal: (signal) => {
          if (!gone) send("signal", Buffer.from(signal, "latin1"));
        },
      },
      stdout: streams.stdout.readable,
      stderr: streams.stderr.readable,
      abandon: (name) => {
        send("abandon", encodeStream(name));
      },
      close: () => {
        endStreams();
      },
    },
    take: (frame) => {
      switch (frame.kind) {
        case "started":
          events.onStart((readJson(frame) as Started).pid);
          return;
        case "unstarted":
          ended = true;
          gone = true;
          endStreams();
          events.onSpawnError(readJson(frame) as Unstarted);
          return;
        case "output":
          streams[readStream(frame)].take(frame.payload.subarray(1));
          return;
        case "report":
          events.onReport((readJson(frame) as Report).failure);
          return;
        case "timeline":
          events.onTimeline((readJson(frame) as Timeline).file);
          return;
        case "exit":
          ended = true;
          events.onExit(readJson(frame) as Exit);
          return;
        case "gone":
          gone = true;
          return;
      }
    },
    lose: (why) => {
      gone = true;
      endStreams();
      if (ended) return;
      ended = true;
      events.onLost(why);
    },
  };
}

interface RemoteStream {
  readonly readable: Readable;
  readonly take: (bytes: Buffer) => void;
  readonly end: () => void;
}

/** Credit goes back in large pieces: a frame for every line would be a frame too many. */
const grantBytes = windowBytes / 4;

function remoteStream(grant: (bytes: number) => void): RemoteStream {
  const stream = new PassThrough();
  let takenBytes = 0;
  const taken = (bytes: number): void => {
    takenBytes += bytes;
    if (takenBytes < grantBytes || stream.writableEnded) return;
    grant(takenBytes);
    takenBytes = 0;
  };
  return {
    readable: stream,
    take: (bytes) => {
      if (stream.writableEnded) return;
      if (bytes.length === 0) {
        stream.end();
        return;
      }
      // The last frame that credit allows may be longer than the credit was.
      if (stream.writableLength + bytes.length > windowBytes + maxOutputBytes) {
        throw new KoloError("message_invalid", "expected no more output than there was credit for");
      }
      stream.write(bytes, (error) => {
        if (error == null) taken(bytes.length);
      });
    },
    end: () => {
      if (!stream.writableEnded) stream.end();
    },
  };
}
