import { type StatusObject, status } from "@grpc/grpc-js";
import { KoloError, type KoloErrorCode } from "@kolo/core";
import { type AttendStreamOptions } from "./attend-stream-options.js";

/** gRPC hands on what OpenSSL said as a text. */
const certificateWords = /certificate|SSL routines/i;

const codeOf: Partial<Record<status, KoloErrorCode>> = {
  [status.UNAUTHENTICATED]: "unauthenticated",
  [status.PERMISSION_DENIED]: "unauthenticated",
  [status.DEADLINE_EXCEEDED]: "unauthenticated",
  [status.ALREADY_EXISTS]: "unauthenticated",
  [status.OUT_OF_RANGE]: "config_invalid",
  [status.UNIMPLEMENTED]: "config_invalid",
  [status.INVALID_ARGUMENT]: "message_invalid",
  [status.FAILED_PRECONDITION]: "message_invalid",
  [status.RESOURCE_EXHAUSTED]: "message_invalid",
};

/** How a stream ended, as an error of this rank. Anything that is no refusal is a lost coordinator. */
export function statusError(
  ended: StatusObject,
  {
    coordinator,
    rank,
    secure,
    coordinatedBy,
  }: Pick<AttendStreamOptions, "coordinator" | "rank" | "secure" | "coordinatedBy">,
): KoloError {
  const isSecure = secure !== undefined;
  if (isSecure && ended.code === status.UNAVAILABLE && certificateWords.test(ended.details)) {
    const message = `rank ${rank} does not accept the certificate of the coordinator at ${coordinator}`;
    return new KoloError("unauthenticated", `${message}: ${ended.details}`, { rank });
  }
  const code = codeOf[ended.code] ?? "coordinator_lost";
  const question = isSecure ? ", or has it refused this rank's certificate? It says so there" : "";
  const message =
    code === "coordinator_lost"
      ? `expected the coordinator at ${coordinator} to stay until this rank has left, ` +
        `but the connection ended: ${status[ended.code]}: ${ended.details}. Is ${coordinatedBy} still running${question}?`
      : `the coordinator at ${coordinator} refused rank ${rank}: ${ended.details}`;
  return new KoloError(code, message, { rank });
}
