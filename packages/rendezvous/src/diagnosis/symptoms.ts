/**
 * A lost peer and a broken stream are symptoms: they wait for what caused them, an exit or an error
 * of somebody else. Only when that does not come within the grace is a symptom taken as the cause.
 * A rank whose stream broke without a word of its own is then suspected before the ranks that
 * complain about others.
 */
import { hasFinished, hostOf, type JobLimits, type JobState, type RankState } from "./job-state.js";
import { symptomOf } from "./symptom.js";
import { diagnosed, failedBy, type Verdict } from "./verdict.js";

export function symptomaticCause(
  job: JobState,
  nowMs: number,
  { symptomGraceMs }: Pick<JobLimits, "symptomGraceMs">,
): Verdict | undefined {
  const complaints = job.ranks.flatMap((rank) =>
    rank.failure !== undefined && symptomOf(rank.failure.error) !== undefined
      ? [{ rank, atMs: rank.failure.atMs, error: rank.failure.error }]
      : [],
  );
  const silentBreaks = job.ranks.flatMap((rank) =>
    rank.disconnected !== undefined && rank.failure === undefined && !hasFinished(rank)
      ? [{ rank, atMs: rank.disconnected.atMs, error: brokenStream(job, rank) }]
      : [],
  );
  const byTime = (a: { atMs: number }, b: { atMs: number }): number => a.atMs - b.atMs;
  const earliest = [...silentBreaks, ...complaints].sort(byTime)[0];
  if (earliest === undefined) return undefined;
  if (nowMs < earliest.atMs + symptomGraceMs) {
    const reason = `rank ${earliest.rank.rank} shows a symptom; its cause may follow`;
    return { kind: "nothing", reason };
  }
  const suspect = silentBreaks.sort(byTime)[0] ?? earliest;
  return failedBy(job, suspect.rank, suspect.error, "a symptom without a cause");
}

function brokenStream(job: JobState, state: RankState) {
  const { rank, registration, disconnected } = state;
  const host = hostOf(job, state);
  const process = registration === undefined ? "" : ` (process ${registration.pid} on ${host})`;
  const message =
    `expected rank ${rank}${process} to stay connected to the coordinator until it leaves; ` +
    `its connection broke: ${disconnected?.details ?? ""}. Its process has not ended; see its output`;
  return diagnosed("rank_failed", message, { rank, host });
}
