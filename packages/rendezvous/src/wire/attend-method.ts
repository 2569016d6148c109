/**
 * The one method of the coordinator's service, typed. Bytes that are no event come out as
 * `malformed` instead of throwing: whoever receives them decides what happens to the stream.
 */
import { type MethodDefinition as GrpcMethod } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { KoloError } from "@kolo/core";
import { decodeCoordinatorEvent, encodeCoordinatorEvent } from "./coordinator-event.js";
import { type CoordinatorEvent, type MalformedEvent, type RankEvent } from "./events.js";
import { findProto } from "./find-proto.js";
import { type CoordinatorEventObject, type RankEventObject } from "./proto-objects.js";
import { decodeRankEvent, encodeRankEvent } from "./rank-event.js";

/** Bytes of one event at most: a manifest of some 50,000 parameters. */
export const maxEventBytes = 4 * 2 ** 20;

export const channelOptions = {
  "grpc.max_receive_message_length": maxEventBytes,
  "grpc.enable_retries": 0,
  // A proxy for the outside world must not come between a job and its own launcher.
  "grpc.enable_http_proxy": 0,
  // Every stream has a connection of its own, which ends with it.
  "grpc.use_local_subchannel_pool": 1,
};

export const serverOptions = {
  ...channelOptions,
  // A rank calls as soon as it is connected, and stays: who does not call is no rank.
  "grpc.max_connection_idle_ms": 10_000,
};

export type AttendMethod = GrpcMethod<
  RankEvent | MalformedEvent,
  CoordinatorEvent | MalformedEvent
>;

let loaded: AttendMethod | undefined;

/** Reads rendezvous.proto, on the first call. */
export function attendMethod(): AttendMethod {
  loaded ??= load();
  return loaded;
}

function load(): AttendMethod {
  const definitions = loadSync(findProto(), { longs: Number, defaults: true, oneofs: true });
  const service = definitions["kolo.rendezvous.v1.Coordinator"] as
    { readonly Attend: GrpcMethod<RankEventObject, CoordinatorEventObject> } | undefined;
  if (service === undefined) {
    throw new KoloError("internal", "expected the service Coordinator in rendezvous.proto");
  }
  const { Attend: plain } = service;
  return {
    path: plain.path,
    requestStream: true,
    responseStream: true,
    requestSerialize: (event) => plain.requestSerialize(encodeRankEvent(sendable(event))),
    requestDeserialize: (bytes) => tolerant(() => decodeRankEvent(plain.requestDeserialize(bytes))),
    responseSerialize: (event) => plain.responseSerialize(encodeCoordinatorEvent(sendable(event))),
    responseDeserialize: (bytes) =>
      tolerant(() => decodeCoordinatorEvent(plain.responseDeserialize(bytes))),
  };
}

function sendable<T extends { readonly kind: string }>(event: T): Exclude<T, MalformedEvent> {
  if (event.kind !== "malformed") return event as Exclude<T, MalformedEvent>;
  throw new KoloError("internal", "a malformed event is only ever received");
}

function tolerant<T>(decode: () => T): T | MalformedEvent {
  try {
    return decode();
  } catch (error) {
    return { kind: "malformed", reason: error instanceof Error ? error.message : String(error) };
  }
}
