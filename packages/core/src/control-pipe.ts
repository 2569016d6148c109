/**
 * What travels on the two pipes between launcher and rank, one JSON object a line.
 *
 *   control pipe, launcher → rank   first line: the token of the job; then nothing, until its end,
 *                                   which means that the launcher is gone
 *   report pipe, rank → launcher    why this rank is about to end, written before it does; and which
 *                                   timelines it has begun by itself, for the launcher to complete
 *
 * Two, because the communication thread reads the one, and the other must work when it has died.
 * Pipes, because a secret must not stand in an environment or on a command line, and because its
 * end is noticed even when the launcher is killed.
 */
import { type ErrorWire } from "./errors.js";
import { KoloError } from "./errors.js";

export interface LaunchMessage {
  readonly token: string;
}

export interface FailureMessage {
  readonly failure: ErrorWire;
}

export interface TimelineMessage {
  /** Absolute path of the trace that this rank has begun a part of. */
  readonly timeline: string;
}

export function encodeControlLine(
  message: LaunchMessage | FailureMessage | TimelineMessage,
): string {
  return `${JSON.stringify(message)}\n`;
}

export function decodeLaunchMessage(line: string): LaunchMessage {
  const value = parse(line);
  if (typeof value["token"] === "string" && value["token"].length >= 16) {
    return { token: value["token"] };
  }
  throw new KoloError(
    "config_invalid",
    "expected the token of the job as the first line of the control pipe, got something else",
  );
}

/** The failure in a line, or undefined where the line is not one: ranks may die in mid-line. */
export function decodeFailureMessage(line: string): FailureMessage | undefined {
  try {
    const { failure } = parse(line);
    if (typeof failure !== "object" || failure === null) return undefined;
    const { name, message } = failure as Record<string, unknown>;
    if (typeof name !== "string" || typeof message !== "string") return undefined;
    return { failure: failure as ErrorWire };
  } catch {
    return undefined;
  }
}

/** The same for a timeline. */
export function decodeTimelineMessage(line: string): TimelineMessage | undefined {
  try {
    const { timeline } = parse(line);
    return typeof timeline === "string" && timeline !== "" ? { timeline } : undefined;
  } catch {
    return undefined;
  }
}

function parse(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
