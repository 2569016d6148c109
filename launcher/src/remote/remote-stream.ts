/** A stream of bytes from an agent, which sends as much as there is credit for (agent/flow.ts). */
import { PassThrough, type Readable } from "node:stream";
import { KoloError } from "@kolo/core";
import { maxOutputBytes, windowBytes } from "../agent/flow.js";

export interface RemoteStream {
  readonly readable: Readable;
  /** Nothing: the stream has ended. Throws `message_invalid`. */
  readonly take: (bytes: Buffer) => void;
  readonly end: () => void;
}

/** Credit goes back in large pieces: a frame for every line would be a frame too many. */
const grantBytes = windowBytes / 4;

export function remoteStream(grant: (bytes: number) => void): RemoteStream {
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
