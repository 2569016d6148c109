import { type StatusObject, status } from "@grpc/grpc-js";
import { KoloError, type KoloErrorCode } from "@kolo/core";

const codeOf: Partial<Record<status, KoloErrorCode>> = {
  [status.UNAUTHENTICATED]: "unauthenticated",
  [status.ALREADY_EXISTS]: "unauthenticated",
  [status.OUT_OF_RANGE]: "config_invalid",
  [status.UNIMPLEMENTED]: "config_invalid",
  [status.INVALID_ARGUMENT]: "message_invalid",
  [status.FAILED_PRECONDITION]: "message_invalid",
  [status.RESOURCE_EXHAUSTED]: "message_invalid",
};

/** How a stream ended, as an error of this rank. Anything that is no refusal is a lost coordinator. */
export function statusError(ended: StatusObject, coordinator: string, rank: number): KoloError {
  const code = codeOf[ended.code] ?? "coordinator_lost";
  const message =
    code === "coordinator_lost"
      ? `expected the coordinator at ${coordinator} to stay until this rank has left, ` +
        `but the connection ended: ${status[ended.code]}: ${ended.details}. Is tsrun still running?`
      : `the coordinator at ${coordinator} refused rank ${rank}: ${ended.details}`;
  return new KoloError(code, message, { rank });
}
