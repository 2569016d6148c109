/**
 * Frames both ways over a pair of streams, with a sign of life in each direction, so that a network
 * that is cut without a word, or a host that is frozen, is noticed by both sides.
 *
 * Whatever arrives is a sign of life: pings only matter where nothing else is said. Who was not
 * running itself for a while (suspended, or busy in one long call) has no right to call the other
 * silent, and listens for another full while first.
 */
import { type Clock } from "@kolo/core";
import { type Readable, type Writable } from "node:stream";
import { messageOf } from "../report/message-of.js";
import { encodeFrame, type Frame, type FrameKind } from "./frame.js";

export interface FrameChannel {
  send(kind: FrameKind, rank?: number, payload?: Buffer): void;
  /** True while the other side, or the network, takes no more. What is sent is queued in memory. */
  readonly blocked: boolean;
  /** For how long nothing has been heard. */
  readonly silentMs: number;
  /** Calls back whenever it is no longer blocked. */
  onDrain(callback: () => void): void;
  /** From now on: pings, and the end where the other side is silent this long. */
  watch(silenceMs: number): void;
  /** Ends the output and stops watching; what still arrives is handed on. */
  close(): void;
}

export type ChannelEnd =
  /** The other side ended its output, or it broke. */
  | { readonly kind: "ended" }
  | { readonly kind: "silent"; readonly silenceMs: number }
  /** What came was no frame, or one that made no sense. */
  | { readonly kind: "invalid"; readonly reason: string };

export interface ChannelOptions<Kind extends FrameKind> {
  readonly input: Readable;
  readonly output: Writable;
  readonly clock: Clock;
  /** Bytes → frames; throws what `invalid` then says. */
  readonly decode: (chunk: Buffer) => readonly Frame<Kind>[];
  /** What it throws also ends the channel as `invalid`. */
  readonly onFrame: (frame: Frame<Kind>) => void;
  /** Called once; no frame is handed on afterwards. */
  readonly onEnd: (end: ChannelEnd) => void;
}

/** How often each side looks and pings, as a part of the time of silence. */
const checksPerSilence = 8;

export function openFrameChannel<Kind extends FrameKind>(
  options: ChannelOptions<Kind>,
): FrameChannel {
  const { input, output, clock, decode, onFrame, onEnd } = options;
  let over = false;
  let closed = false;
  let heardMs = clock.now();
  let cancelWatch = (): void => undefined;
  let whenDrained: () => void = () => undefined;

  const end = (how: ChannelEnd): void => {
    if (over) return;
    over = true;
    cancelWatch();
    onEnd(how);
  };
  const send: FrameChannel["send"] = (kind, rank, payload) => {
    if (!closed && !output.destroyed) output.write(encodeFrame(kind, rank, payload));
  };

  input.on("data", (chunk: Buffer) => {
    heardMs = clock.now();
    if (over) return;
    try {
      // One that ends the channel makes the rest of them void.
      for (const frame of decode(chunk)) if (!isOver()) onFrame(frame);
    } catch (error) {
      end({ kind: "invalid", reason: messageOf(error) });
    }
  });
  const isOver = (): boolean => over;
  for (const event of ["end", "close", "error"] as const) {
    input.on(event, () => {
      end({ kind: "ended" });
    });
  }
  output.on("error", () => {
    // The end of the input says what became of the other side; where it is silent, it is gone too.
    if (!closed) end({ kind: "ended" });
  });
  output.on("drain", () => {
    whenDrained();
  });

  return {
    send,
    get blocked() {
      return output.writableNeedDrain;
    },
    get silentMs() {
      return clock.now() - heardMs;
    },
    onDrain: (callback) => {
      whenDrained = callback;
    },
    watch: (silenceMs) => {
      cancelWatch();
      if (over || closed) return;
      heardMs = clock.now();
      const intervalMs = silenceMs / checksPerSilence;
      let checkedMs = heardMs;
      const check = (): void => {
        const nowMs = clock.now();
        if (nowMs - checkedMs > 3 * intervalMs) heardMs = nowMs;
        checkedMs = nowMs;
        if (nowMs - heardMs >= silenceMs) {
          end({ kind: "silent", silenceMs });
          return;
        }
        // Where it takes no more, what waits there is sign enough, once it gets through.
        if (!output.writableNeedDrain) send("ping");
        cancelWatch = clock.after(intervalMs, check);
      };
      cancelWatch = clock.after(intervalMs, check);
      send("ping");
    },
    close: () => {
      closed = true;
      cancelWatch();
      output.end();
    },
  };
}
