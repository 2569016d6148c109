/**
 * A rank's part of a timeline on its way to tsrun: a third stream beside the rank's output, held back by
 * the same credit. The part is removed when it has been read.
 */
import { createReadStream } from "node:fs";
import { messageOf } from "../report/message-of.js";
import { maxOutputBytes } from "./flow.js";
import { type OutputPump, pumpOutput } from "./output-pump.js";
import { removeParts } from "./parts-folder.js";

export interface PartOptions {
  readonly path: string;
  readonly send: (bytes: Buffer) => void;
  /** Called once, with what kept it from being read, in words. */
  readonly onEnd: (failure: string | undefined) => void;
}

export function sendPart({ path, send, onEnd }: PartOptions): OutputPump {
  const source = createReadStream(path, { highWaterMark: maxOutputBytes });
  let failure: string | undefined;
  source.once("error", (error: NodeJS.ErrnoException) => {
    // A rank that has recorded nothing.
    if (error.code !== "ENOENT") failure = messageOf(error);
  });
  return pumpOutput({
    source,
    send,
    onEnd: () => {
      removeParts(path);
      onEnd(failure);
    },
  });
}
