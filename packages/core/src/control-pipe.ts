/**
 * What travels on the two pipes between launcher and rank, one JSON object a line.
 *
 *   control pipe, launcher → rank   first line: the token of the job, and across hosts the
 *                                   rank's certificate and where it listens; then nothing, until
 *                                   its end, which means that the launcher is gone
 *   report pipe, rank → launcher    why this rank is about to end, written before it does; and which
 *                                   timelines it has begun by itself, for the launcher to complete
 *
 * Two, because the communication thread reads the one, and the other must work when it has died.
 * Pipes, because a secret must not stand in an environment or on a command line, and because its
 * end is noticed even when the launcher is killed.
 */
import { type Credentials, readCredentials } from "./credentials.js";
import { type ErrorWire } from "./errors.js";
import { KoloError } from "./errors.js";
import { type ListenOn } from "./listen-on.js";

export interface LaunchMessage {
  readonly token: string;
  /** Who this rank is, for TLS with the coordinator and with other ranks; absent: no TLS. */
  readonly secure?: Credentials;
  /** Where the rank serves its segments; absent: on loopback. */
  readonly listenOn?: ListenOn;
  /** The user has typed `--insecure`: the rank may listen beyond loopback without TLS. */
  readonly insecure?: true;
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

/** Throws `config_invalid`; what is there and malformed is refused, never taken for absent. */
export function decodeLaunchMessage(line: string): LaunchMessage {
  const value = parse(line);
  const { token } = value;
  if (typeof token !== "string" || token.length < 16) refuse("the token of the job");
  const secure = readCredentials(value["secure"]);
  if (value["secure"] !== undefined && secure === undefined) refuse("a certificate and its key");
  const { host } = (value["listenOn"] ?? {}) as { host?: unknown };
  if (value["listenOn"] !== undefined && typeof host !== "string") refuse("an address");
  return {
    token,
    ...(secure !== undefined && { secure }),
    ...(typeof host === "string" && { listenOn: { host } }),
    ...(value["insecure"] === true && { insecure: true }),
  };
}

function refuse(expected: string): never {
  throw new KoloError(
    "config_invalid",
    `expected ${expected} in the first line of the control pipe, got something else`,
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
