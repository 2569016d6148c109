/**
 * Causes that need no interpretation: a rank's own error, and a process that exits with a code or
 * is killed. The earliest wins. An error waits a moment for the exit code of its process, and an
 * exit code for the error that explains it, so that the root cause has both.
 */
import { hostOf, type JobLimits, type JobState, type RankState } from "./job-state.js";
import { symptomOf } from "./symptom.js";
import { diagnosed, failedBy, type Verdict } from "./verdict.js";

type Limits = Pick<JobLimits, "exitGraceMs">;

interface Evidence {
  readonly rank: RankState;
  readonly atMs: number;
  /** What it still waits for, "" where nothing. */
  readonly awaits: string;
}

export function primaryCause(job: JobState, nowMs: number, limits: Limits): Verdict | undefined {
  const evidence = job.ranks.flatMap((rank) => evidenceOf(rank, nowMs, limits) ?? []);
  const earliest = evidence.sort((a, b) => a.atMs - b.atMs)[0];
  if (earliest === undefined) return undefined;
  const { rank, awaits } = earliest;
  if (awaits !== "") return { kind: "nothing", reason: `rank ${rank.rank} failed; ${awaits}` };
  if (rank.failure !== undefined && symptomOf(rank.failure.error) === undefined) {
    // It was about to exit with a code; a signal that ends it on the way there is no cause.
    const told = rank.exit?.signal == null ? rank : { ...rank, exit: undefined };
    return failedBy(job, told, rank.failure.error, "a rank reported its own error");
  }
  return failedBy(job, rank, exitError(job, rank), "a process ended badly");
}

function evidenceOf(rank: RankState, nowMs: number, limits: Limits): Evidence | undefined {
  const { failure, exit } = rank;
  if (failure !== undefined && symptomOf(failure.error) === undefined) {
    const waits = failure.ending && exit === undefined && nowMs < failure.atMs + limits.exitGraceMs;
    return { rank, atMs: failure.atMs, awaits: waits ? "its exit code may follow" : "" };
  }
  if (exit === undefined) return undefined;
  if (exit.signal !== null) return { rank, atMs: exit.atMs, awaits: "" };
  // A rank that reported a lost peer exits because of that peer.
  if (exit.exitCode === 0 || failure !== undefined) return undefined;
  const waits = nowMs < exit.atMs + limits.exitGraceMs;
  return { rank, atMs: exit.atMs, awaits: waits ? "its error may follow" : "" };
}

function exitError(job: JobState, state: RankState) {
  const { rank, exit } = state;
  const how =
    exit?.signal == null
      ? `exited with code ${exit?.exitCode ?? 1}`
      : `was killed by ${exit.signal}`;
  return diagnosed("rank_failed", `rank ${rank} ${how}`, { rank, host: hostOf(job, state) });
}
