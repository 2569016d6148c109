/**
 * An operation that nobody completes. How long it has lasted is what the ranks themselves say, so a
 * coordinator that was asleep does not see a stall where there is none.
 *
 * Operations are numbered in the order of submission, the same on every rank, and complete in that
 * order. So the operation a rank is in has the number of those it has completed, and a rank is
 * missing from operation s when it has submitted s or fewer.
 */
import { inSeconds, listRanks, operationInWords, whatItDid } from "./in-words.js";
import { hasFinished, type JobState, type RankState } from "./job-state.js";
import { isStall, type StallLimits, stallVerdict } from "./stall-verdict.js";
import { type Verdict } from "./verdict.js";

export function stall(job: JobState, nowMs: number, limits: StallLimits): Verdict | undefined {
  const oldest = job.ranks
    .filter((rank) => isWaiting(rank) && isStall(waitedMs(rank), limits))
    .sort((a, b) => completedBy(a) - completedBy(b) || waitedMs(b) - waitedMs(a))[0];
  if (oldest === undefined) return undefined;
  const sequence = completedBy(oldest);
  const operation = operationInWords(sequence, oldest.progress?.current ?? "");
  const missing = job.ranks.filter((rank) => !hasFinished(rank) && submittedBy(rank) <= sequence);
  const text = `${operation}, has not completed for ${inSeconds(waitedMs(oldest))}: ${
    missing.length === 0 ? nobodyCompletes(job) : somebodyMissing(job, missing, sequence, nowMs)
  }`;
  const found = { operation, waitedMs: waitedMs(oldest), missing, text };
  return stallVerdict(job, `stall ${sequence}`, found, limits);
}

function somebodyMissing(
  job: JobState,
  missing: readonly RankState[],
  sequence: number,
  nowMs: number,
): string {
  const waiting = job.ranks.filter((rank) => isWaiting(rank) && completedBy(rank) === sequence);
  const wait = `${listRanks(waiting)} ${waiting.length === 1 ? "is" : "are"} in it`;
  const miss = `${listRanks(missing)} ${missing.length === 1 ? "is" : "are"} not`;
  const deeds = missing.map((rank) => whatItDid(rank, nowMs)).join("; ");
  return `${wait}, ${miss}; ${deeds}`;
}

function nobodyCompletes(job: JobState): string {
  const taking = job.ranks.filter((rank) => !hasFinished(rank));
  const completed = { ...fewest(taking, completedBy), what: "completed" };
  // One that is followed makes way for the next: it may wait for who has not started that.
  const started = { ...fewest(taking, submittedBy), what: "started" };
  const isAlike = completed.behind.length === taking.length;
  const { behind, least, what } = isAlike ? started : completed;
  const has = behind.length === 1 ? "has" : "have";
  return `all ranks are in it; ${listRanks(behind)} ${has} ${what} the fewest operations, ${least}`;
}

function fewest(
  ranks: readonly RankState[],
  count: (rank: RankState) => number,
): { readonly behind: readonly RankState[]; readonly least: number } {
  const least = Math.min(...ranks.map(count));
  return { behind: ranks.filter((rank) => count(rank) === least), least };
}

function isWaiting(rank: RankState): boolean {
  return !hasFinished(rank) && submittedBy(rank) > completedBy(rank);
}

function submittedBy(rank: RankState): number {
  return rank.progress?.submitted ?? 0;
}

function completedBy(rank: RankState): number {
  return rank.progress?.completed ?? 0;
}

function waitedMs(rank: RankState): number {
  return rank.progress?.currentForMs ?? 0;
}
