/** gRPC's client for the coordinator: over TLS 1.3 with the coordinator of this job, or bare. */
import { Client, credentials } from "@grpc/grpc-js";
import { type Credentials } from "@kolo/core";
import { checkPeerIdentity, tlsOptions } from "@kolo/tls";
import { createSecureContext } from "node:tls";
import { channelOptions } from "./wire/attend-method.js";

/** `coordinator` is host:port. */
export function connectTo(coordinator: string, secure: Credentials | undefined): Client {
  if (secure === undefined) {
    return new Client(coordinator, credentials.createInsecure(), channelOptions);
  }
  const context = createSecureContext(tlsOptions(secure));
  const channelCredentials = credentials.createFromSecureContext(context, {
    rejectUnauthorized: true, // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    checkServerIdentity: checkPeerIdentity(secure.job, { kind: "coordinator" }),
  });
  return new Client(coordinator, channelCredentials, {
    ...channelOptions,
    // Names are checked, addresses are not; and TLS knows no server name that is an address.
    "grpc.ssl_target_name_override": "coordinator",
  });
}
