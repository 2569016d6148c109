/** A rank's part of a timeline as it comes from its host, when the rank has ended. */
import { type Readable } from "node:stream";
import { type Clock } from "@kolo/core";
import { remoteStream } from "./remote-stream.js";

export interface ArrivingPart {
  /** Ends when no more will come, for whatever reason. */
  readonly bytes: Readable;
  /** Then why it is not all there is, in words, or undefined. */
  readonly lacking: Promise<string | undefined>;
}

export interface RemotePart extends ArrivingPart {
  readonly take: (bytes: Buffer) => void;
  readonly end: (lacking?: string) => void;
}

/** An agent that is there, and whose disk gives nothing, or ours takes nothing. */
const stalledMs = 30_000;

export function remotePart(clock: Clock, grant: (bytes: number) => void): RemotePart {
  const stream = remoteStream(grant);
  let settle: (lacking: string | undefined) => void = () => undefined;
  const lacking = new Promise<string | undefined>((resolve) => {
    settle = resolve;
  });
  const end = (why?: string): void => {
    cancel();
    stream.end();
    settle(why);
  };
  const watch = (): (() => void) =>
    clock.after(stalledMs, () => {
      end(`nothing came for ${stalledMs / 1000} s`);
    });
  let cancel = watch();
  return {
    bytes: stream.readable,
    lacking,
    take: (bytes) => {
      cancel();
      cancel = watch();
      stream.take(bytes);
    },
    end,
  };
}
