/** A rank that an agent runs on another host, as Ranks sees it: like one of this machine. */
import { type Clock, type ErrorWire } from "@kolo/core";
import { type Frame, type NoticeKind, type OrderKind } from "../agent/frame.js";
import {
  type Collected,
  encodeCredit,
  encodeJson,
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
import { type ArrivingPart, type RemotePart, remotePart } from "./remote-part.js";
import { remoteStream } from "./remote-stream.js";

const ofHosts = ["hello", "ready", "probed", "clocked", "ping"] as const;
type RankNotice = Frame<Exclude<NoticeKind, (typeof ofHosts)[number]>>;

export function isRankNotice(frame: Frame<NoticeKind>): frame is RankNotice {
  return !ofHosts.some((kind) => kind === frame.kind);
}

export interface RemoteRank {
  readonly process: RankProcess;
  /** Asks for the rank's part of this timeline. One at a time, and none after one that lacked something. */
  readonly collect: (file: string) => ArrivingPart;
  /** A frame about this rank. Throws `message_invalid`. */
  readonly take: (frame: RankNotice) => void;
  /** Its host is out of reach: the streams end, and so does the rank, unless it had. */
  readonly lose: (why: ErrorWire) => void;
}

export function remoteRank(
  events: RankEvents,
  clock: Clock,
  send: (kind: OrderKind, payload?: Buffer) => void,
): RemoteRank {
  let ended = false;
  let gone = false;
  let lost: string | undefined;
  let part: RemotePart | undefined;
  const granting = (name: StreamName) => (bytes: number) => {
    send("credit", encodeCredit(name, bytes));
  };
  const streams = {
    stdout: remoteStream(granting("stdout")),
    stderr: remoteStream(granting("stderr")),
  };
  const outputTo = (name: StreamName) => (name === "timeline" ? part : streams[name]);
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
    collect: (file) => {
      part = remotePart(clock, granting("timeline"));
      if (lost === undefined) send("collect", encodeJson({ file }));
      else part.end(lost);
      return part;
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
          outputTo(readStream(frame))?.take(frame.payload.subarray(1));
          return;
        case "collected":
          part?.end((readJson(frame) as Collected).failure);
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
      lost = why.message;
      endStreams();
      part?.end(lost);
      if (ended) return;
      ended = true;
      events.onLost(why);
    },
  };
}
