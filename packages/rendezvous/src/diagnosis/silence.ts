import { inSeconds } from "./in-words.js";
import { hasFinished, hostOf, type JobLimits, type JobState } from "./job-state.js";
import { failedFor, type Verdict } from "./verdict.js";

/** A rank that should beat every second, and has not for far too long. */
export function silence(
  job: JobState,
  nowMs: number,
  { heartbeatTimeoutMs }: Pick<JobLimits, "heartbeatTimeoutMs">,
): Verdict | undefined {
  const silent = job.ranks.find(
    (rank) =>
      rank.registration !== undefined &&
      rank.exit === undefined &&
      !hasFinished(rank) &&
      nowMs > rank.heardAtMs + heartbeatTimeoutMs,
  );
  if (silent?.registration === undefined) return undefined;
  const { rank, registration, heardAtMs } = silent;
  const message =
    `rank ${rank} has not been heard of for ${inSeconds(nowMs - heardAtMs)} ` +
    `(process ${registration.pid} on ${hostOf(job, silent)}); it may be stopped or its host unreachable`;
  return failedFor(job, "rank_failed", message, silent);
}
