/** Pulls the segments of one peer: a client with one call, feeding an inbox. */
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { authorizationKey, bearerOf, type Clock, KoloError } from "@kolo/core";
import { Inbox } from "../inbox.js";
import { type Receiver } from "../link.js";
import { clientOptions } from "./channel-options.js";
import { encodePullRequest } from "./pull-request.js";
import { pullMethod } from "./segments-service.js";
import { type PullPlace, toKoloError } from "./to-kolo-error.js";

export interface PullOptions {
  readonly place: PullPlace;
  readonly receiver: Receiver;
  readonly token: string;
  readonly segmentBytes: number;
  /** How long the peer may take to accept the call. */
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
}

export function pullSegments(options: PullOptions): Inbox {
  const { place, receiver, token, segmentBytes, connectTimeoutMs, clock } = options;
  const { rank, peer, address, generation } = place;
  const metadata = new Metadata({ waitForReady: true });
  metadata.set(authorizationKey, bearerOf(token));
  const client = new Client(address, credentials.createInsecure(), clientOptions(segmentBytes));
  const stream = client.makeServerStreamRequest(
    pullMethod.path,
    pullMethod.requestSerialize,
    (message) => message,
    encodePullRequest({ rank, generation }),
    metadata,
  );
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
  const source = {
    pause: () => {
      stream.pause();
    },
    resume: () => {
      stream.resume();
    },
    stop: () => {
      cancelTimeout();
      stream.cancel();
      client.close();
    },
  };
  const inbox = new Inbox({ peer, receiver, segmentBytes, source });
  // The server answers with metadata once it has accepted the call.
  stream.on("metadata", cancelTimeout);
  stream.on("data", (message: Buffer) => {
    inbox.deliver(message);
  });
  // Comes before "end" where the stream does not end well, and once more when it is cancelled.
  stream.on("error", (error: ServiceError) => {
    inbox.fail(toKoloError(error, place));
  });
  stream.on("end", () => {
    inbox.end();
  });
  return inbox;
}
