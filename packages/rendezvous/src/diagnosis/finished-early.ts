/**
 * A rank that has finished takes part in nothing more. Another rank that needs it would wait for
 * ever, so the job fails as soon as that is certain:
 *
 *   it left after n operations         another rank has submitted operation n
 *   it exited with 0 without leaving   another rank is in an operation, a while after the exit
 *   it exited with 0 before it joined  another rank has joined, and waits for the world
 *   either                             another rank has lost its connection to it in an operation
 */
import { inSeconds, listRanks, operationInWords } from "./in-words.js";
import { hasFinished, type JobLimits, type JobState, type RankState } from "./job-state.js";
import { symptomOf } from "./symptom.js";
import { failedFor, type Verdict } from "./verdict.js";

type Limits = Pick<JobLimits, "exitGraceMs">;

export function finishedEarly(job: JobState, _nowMs: number, limits: Limits): Verdict | undefined {
  const others = job.ranks.filter((rank) => rank.registration !== undefined && !hasFinished(rank));
  for (const finished of job.ranks.filter(hasFinished)) {
    const waiting = others.filter((other) => needs(other, finished, limits));
    const first = waiting[0];
    if (first !== undefined) return verdict(job, finished, waiting, first);
  }
  return undefined;
}

function needs(other: RankState, finished: RankState, { exitGraceMs }: Limits): boolean {
  if (finished.registration === undefined) return true;
  if (other.failure !== undefined && symptomOf(other.failure.error)?.peer === finished.rank) {
    return true;
  }
  if (other.progress === undefined) return false;
  const { submitted, completed } = other.progress;
  if (finished.left !== undefined) return submitted > finished.left.submitted;
  if (finished.exit === undefined) return false;
  // What it had sent before it ended still completes operations for a moment.
  return submitted > completed && other.heardAtMs >= finished.exit.atMs + exitGraceMs;
}

function verdict(
  job: JobState,
  finished: RankState,
  waiting: readonly RankState[],
  first: RankState,
): Verdict {
  const { rank, left, registration } = finished;
  const who = `${listRanks(waiting)} ${waiting.length === 1 ? "waits" : "wait"}`;
  if (registration === undefined) {
    const message =
      `expected rank ${rank} to join, but it exited with code 0 before kolo.init(); ` +
      `${who} for it. Every rank must run the same program`;
    return failedFor(job, "rank_finished_early", message, finished);
  }
  const operation = awaitedOperation(finished, first);
  const how = left === undefined ? "exited with code 0" : "finished";
  const count = left?.submitted ?? finished.progress?.submitted ?? 0;
  const forMs = first.progress?.currentForMs ?? 0;
  const message =
    `expected rank ${rank} to take part in ${operation}, but it ${how} after ${count} operation${count === 1 ? "" : "s"}; ` +
    `${who} for it, rank ${first.rank} for ${inSeconds(forMs)}. ` +
    "Every rank must take the same number of steps";
  return failedFor(job, "rank_finished_early", message, finished, { operation });
}

function awaitedOperation({ left }: RankState, { progress, failure }: RankState): string {
  const completed = progress?.completed ?? 0;
  const sequence = Math.max(completed, left?.submitted ?? 0);
  const named = sequence === completed ? progress?.current : undefined;
  return operationInWords(sequence, named || (failure?.error.context?.operation ?? ""));
}
