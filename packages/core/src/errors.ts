/**
 * The one error class of kolo. A code is stable and documented in docs/errors.md; the recovery is
 * fixed per code, so no call site guesses; the context says where. Errors cross threads and
 * processes as plain objects (`toWire`, `fromWire`), their cause with them.
 */

/** What the caller may do next. */
export type Recovery = "retry" | "reform" | "abort";

const recoveryOf = {
  /** A flag, an option, an environment variable or a config file is wrong. */
  config_invalid: "abort",
  /** An argument of an API call is wrong: shape, dtype, root, splits, options. */
  argument_invalid: "abort",
  /** Collectives carry float32 and int32 only. */
  dtype_unsupported: "abort",
  /** An API call came before `init()` or after `shutdown()`. */
  not_initialized: "abort",
  /** The arena has no room for this operation. */
  arena_exhausted: "abort",
  /** The backend that was asked for is not installed or does not start. */
  backend_unavailable: "abort",
  /** The GPUs asked for are not there, or are fewer than the ranks. */
  gpu_unavailable: "abort",
  /** The way to talk to each other that was asked for does not work here. */
  transport_unavailable: "abort",
  /** Not every rank had joined when the start timeout ended. */
  rendezvous_timeout: "retry",
  /** A call without the token of the job, or as a rank that is already there. */
  unauthenticated: "abort",
  /** Ranks submitted different operations at the same place of the sequence. */
  operation_mismatch: "abort",
  /** The ranks' parameters differ in number, name, shape or dtype. */
  manifest_mismatch: "abort",
  /** A received segment has a wrong length, dtype, place or bounds. */
  message_invalid: "abort",
  /** A received segment belongs to another membership of the world. */
  generation_stale: "reform",
  /** The connection to a peer broke. */
  peer_lost: "reform",
  /** A rank threw, exited or was killed. */
  rank_failed: "reform",
  /** A rank finished while others still needed it. */
  rank_finished_early: "abort",
  /** An operation waited longer than the stall timeout. */
  stalled: "abort",
  /** The coordinator (tsrun) is gone. */
  coordinator_lost: "abort",
  /** The communication thread of this rank died. */
  communication_thread_lost: "abort",
  /** ssh to another host failed, or nothing there answered in time. */
  host_unreachable: "retry",
  /** Another host has another version of kolo, or another major version of Node. */
  host_mismatch: "abort",
  /** Another host lacks the folder, the script, node or kolo. */
  host_incomplete: "abort",
  /** The connection to another host's agent broke, or the host fell silent. */
  host_lost: "reform",
  /** The job was interrupted from outside. */
  interrupted: "abort",
  /** An internal invariant broke: a bug of kolo. */
  internal: "abort",
} as const satisfies Record<string, Recovery>;

export type KoloErrorCode = keyof typeof recoveryOf;

/** Every code there is, for documentation tests and for validation of what arrives from outside. */
export const koloErrorCodes = Object.keys(recoveryOf) as readonly KoloErrorCode[];

/** Where it happened. Only what is known is there. */
export interface ErrorContext {
  readonly rank?: number;
  readonly peer?: number;
  readonly host?: string;
  readonly operation?: string;
  readonly generation?: number;
}

export interface KoloErrorOptions extends ErrorContext {
  readonly cause?: unknown;
}

/** A KoloError or any other Error as a plain object, safe to post, to send and to print. */
export interface ErrorWire {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: KoloErrorCode;
  readonly context?: ErrorContext;
  readonly cause?: ErrorWire;
}

export class KoloError extends Error {
  override readonly name = "KoloError";
  readonly code: KoloErrorCode;
  readonly recovery: Recovery;
  readonly context: ErrorContext;

  /** `message` says what was expected, what came, where and what to do; the code is prefixed. */
  constructor(code: KoloErrorCode, message: string, options: KoloErrorOptions = {}) {
    const { cause, ...context } = options;
    super(`[${code}] ${message}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.recovery = recoveryOf[code];
    this.context = context;
  }
}

/** `instanceof` fails across realms and bundles; the name and the code do not. */
export function isKoloError(value: unknown): value is KoloError {
  return value instanceof Error && value.name === "KoloError" && "code" in value;
}

const maxCauseDepth = 8;

export function toWire(error: unknown, depth = 0): ErrorWire {
  if (!(error instanceof Error)) return { name: "Error", message: describeThrown(error) };
  // Of many errors in one, the first says most.
  const cause: unknown =
    error.cause ??
    (error.name === "AggregateError" ? (error as AggregateError).errors[0] : undefined);
  return {
    name: error.name,
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(isKoloError(error) && { code: error.code, context: error.context }),
    ...(cause !== undefined && depth < maxCauseDepth && { cause: toWire(cause, depth + 1) }),
  };
}

export function fromWire(wire: ErrorWire): Error {
  const cause = wire.cause === undefined ? {} : { cause: fromWire(wire.cause) };
  if (wire.code !== undefined && wire.code in recoveryOf) {
    const prefix = `[${wire.code}] `;
    const message = wire.message.startsWith(prefix)
      ? wire.message.slice(prefix.length)
      : wire.message;
    return new KoloError(wire.code, message, { ...wire.context, ...cause });
  }
  const error = new Error(wire.message, cause);
  error.name = wire.name;
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}

function describeThrown(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return value === undefined ? "undefined" : JSON.stringify(value);
  } catch {
    return String(value);
  }
}
