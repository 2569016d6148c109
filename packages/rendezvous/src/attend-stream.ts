/** A rank's end of its stream: connects, sends, and tells how it ended. Exactly one end is told. */
import { type Client, type ClientDuplexStream, Metadata } from "@grpc/grpc-js";
import { authorizationKey, bearerOf, KoloError } from "@kolo/core";
import { type AttendStreamOptions } from "./attend-stream-options.js";
import { connectTo } from "./connect-to.js";
import { statusError } from "./status-error.js";
import { attendMethod } from "./wire/attend-method.js";
import { type CoordinatorEvent, type MalformedEvent, type RankEvent } from "./wire/events.js";

export class AttendStream {
  readonly #client: Client;
  readonly #call: ClientDuplexStream<RankEvent | MalformedEvent, CoordinatorEvent | MalformedEvent>;
  #closed = false;

  constructor(options: AttendStreamOptions) {
    const { coordinator, token, secure, onEvent, onEnd } = options;
    const { path, requestSerialize, responseDeserialize } = attendMethod();
    const metadata = new Metadata();
    metadata.set(authorizationKey, bearerOf(token));
    this.#client = connectTo(coordinator, secure);
    this.#call = this.#client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
    );
    this.#call.on("data", (event: CoordinatorEvent | MalformedEvent) => {
      if (this.#closed) return;
      if (event.kind !== "malformed") {
        onEvent(event);
        return;
      }
      this.close();
      onEnd(new KoloError("coordinator_lost", `the coordinator sent garbage: ${event.reason}`));
    });
    // An unhandled "error" would be thrown; what it says, "status" says too, and always last.
    this.#call.on("error", () => undefined);
    this.#call.on("status", (ended) => {
      if (this.#closed) return;
      this.close();
      onEnd(statusError(ended, options));
    });
  }

  send(event: RankEvent): void {
    if (!this.#closed && this.#call.writable) this.#call.write(event);
  }

  /** Ends stream and connection, quietly. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#call.cancel();
    this.#client.close();
  }
}
