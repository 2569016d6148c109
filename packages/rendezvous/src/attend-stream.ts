/** A rank's end of its stream: connects, sends, and tells how it ended. Exactly one end is told. */
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
} from "@grpc/grpc-js";
import { authorizationKey, bearerOf, type Credentials, KoloError } from "@kolo/core";
import { checkPeerIdentity, tlsOptions } from "@kolo/tls";
import { createSecureContext } from "node:tls";
import { type AttendStreamOptions } from "./attend-stream-options.js";
import { statusError } from "./status-error.js";
import { attendMethod, channelOptions } from "./wire/attend-method.js";
import { type CoordinatorEvent, type MalformedEvent, type RankEvent } from "./wire/events.js";

export class AttendStream {
  readonly #client: Client;
  readonly #call: ClientDuplexStream<RankEvent | MalformedEvent, CoordinatorEvent | MalformedEvent>;
  #closed = false;

  constructor({ coordinator, token, secure, rank, onEvent, onEnd }: AttendStreamOptions) {
    const { path, requestSerialize, responseDeserialize } = attendMethod();
    const metadata = new Metadata();
    metadata.set(authorizationKey, bearerOf(token));
    this.#client = new Client(coordinator, channelCredentials(secure), {
      ...channelOptions,
      // Names are checked, addresses are not; and TLS knows no server name that is an address.
      ...(secure !== undefined && { "grpc.ssl_target_name_override": "coordinator" }),
    });
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
      onEnd(statusError(ended, { coordinator, rank, secure }));
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

/** TLS 1.3 with the coordinator of the job, or none. */
function channelCredentials(secure: Credentials | undefined): ChannelCredentials {
  if (secure === undefined) return credentials.createInsecure();
  return credentials.createFromSecureContext(createSecureContext(tlsOptions(secure)), {
    checkServerIdentity: checkPeerIdentity(secure.job, { kind: "coordinator" }),
  });
}
