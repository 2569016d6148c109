import { type ErrorContext, type ErrorWire, type KoloErrorCode } from "@kolo/core";
import { constants } from "node:os";
import { type RootCause } from "../messages.js";
import { hostOf, type JobState, type ProcessExit, type RankState } from "./job-state.js";

/** What to do about a job now. The reason is for logs and tests. */
export type Verdict =
  | { readonly kind: "nothing"; readonly reason: string }
  /** To be said once per key. */
  | { readonly kind: "warn"; readonly key: string; readonly text: string }
  | { readonly kind: "fail"; readonly rootCause: RootCause; readonly reason: string };

/** A rule that has no opinion says undefined; "nothing" keeps later rules from having one. */
export type Rule<Limits> = (job: JobState, nowMs: number, limits: Limits) => Verdict | undefined;

/** The verdict that `error`, of this rank, ended the job. */
export function failedBy(
  job: JobState,
  rank: RankState,
  error: ErrorWire,
  reason: string,
): Verdict {
  const exitCode = rank.exit === undefined ? 1 : exitCodeOf(rank.exit);
  const rootCause = { rank: rank.rank, host: hostOf(job, rank), error, exitCode: exitCode || 1 };
  return { kind: "fail", rootCause, reason };
}

/** The verdict that the job ended for a reason that only the coordinator can see. */
export function failedFor(
  job: JobState,
  code: KoloErrorCode,
  message: string,
  blamed: RankState | undefined,
  context: ErrorContext = {},
): Verdict {
  const host = blamed === undefined ? job.host : hostOf(job, blamed);
  const where = blamed === undefined ? context : { rank: blamed.rank, host, ...context };
  const error = diagnosed(code, message, where);
  return {
    kind: "fail",
    rootCause: { rank: blamed?.rank, host, error, exitCode: 1 },
    reason: code,
  };
}

/** An error without a stack: the coordinator's own would only mislead. */
export function diagnosed(code: KoloErrorCode, message: string, context: ErrorContext): ErrorWire {
  return { name: "KoloError", message: `[${code}] ${message}`, code, context };
}

/** As a shell gives it: 128 + n for signal n. */
export function exitCodeOf({ exitCode, signal }: ProcessExit): number {
  return signal === null ? (exitCode ?? 1) : 128 + constants.signals[signal];
}
