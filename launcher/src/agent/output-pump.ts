/** One output stream of a rank on its way to tsrun, as far as credit and the connection allow. */
import { type Readable } from "node:stream";
import { windowBytes } from "./flow.js";

export interface OutputPump {
  /** tsrun takes this much more. */
  readonly credit: (bytes: number) => void;
  /** The connection takes nothing, or takes again. */
  readonly hold: (held: boolean) => void;
  /**
   * tsrun waits for the end of output of a rank that is gone: something outside its group holds the
   * pipe open. Asked again and again, it ends where nothing has come in between, or more than a pipe
   * can hold from before.
   */
  readonly abandon: () => void;
}

export interface PumpOptions {
  readonly source: Readable;
  /** Returns false where the connection takes no more for now. */
  readonly send: (bytes: Buffer) => void;
  /** The stream has ended. Called once. */
  readonly onEnd: () => void;
}

/** Linux lets a pipe hold no more, unless root has raised it. */
const maxPipeBytes = 1 << 20;

export function pumpOutput({ source, send, onEnd }: PumpOptions): OutputPump {
  let creditBytes = windowBytes;
  let held = false;
  let sentBytes = 0;
  let abandonedAt: { readonly first: number; last: number } | undefined;

  const flow = (): void => {
    if (creditBytes > 0 && !held) source.resume();
    else source.pause();
  };
  source.on("data", (chunk: Buffer) => {
    creditBytes -= chunk.length;
    sentBytes += chunk.length;
    send(chunk);
    flow();
  });
  source.on("error", () => undefined);
  source.once("close", onEnd);

  return {
    credit: (bytes) => {
      creditBytes += bytes;
      flow();
    },
    hold: (now) => {
      held = now;
      flow();
    },
    abandon: () => {
      if (creditBytes <= 0 || held) return;
      abandonedAt ??= { first: sentBytes, last: -1 };
      const enough = sentBytes - abandonedAt.first > maxPipeBytes;
      if (enough || sentBytes === abandonedAt.last) source.destroy();
      else abandonedAt.last = sentBytes;
    },
  };
}
