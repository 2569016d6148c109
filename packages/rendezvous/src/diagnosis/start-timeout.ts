import { inSeconds, listRanks, listWords } from "./in-words.js";
import { type JobLimits, type JobState, type RankState } from "./job-state.js";
import { failedFor, type Verdict } from "./verdict.js";

/**
 * Some rank has joined and others have not in time. How long a script takes before kolo.init() is
 * its own business, as long as all take about as long. A program that ends without kolo.init() is no failure.
 */
export function startTimeout(
  job: JobState,
  nowMs: number,
  { startTimeoutMs }: Pick<JobLimits, "startTimeoutMs">,
): Verdict | undefined {
  const missing = job.ranks.filter((rank) => rank.registration === undefined);
  const { firstJoinAtMs } = job;
  if (missing.length === 0 || firstJoinAtMs === undefined) return undefined;
  if (nowMs < firstJoinAtMs + startTimeoutMs) return undefined;
  const joined = job.ranks.length - missing.length;
  const message =
    `expected ${job.ranks.length} ranks to join within ${inSeconds(startTimeoutMs)} of the first, got ${joined}; ` +
    `${listRanks(missing)} did not: ${listWords(missing.map(whereItIs))}. ` +
    "Look at their output, and whether every rank reaches kolo.init(); --start-timeout gives more time";
  return failedFor(
    job,
    "rendezvous_timeout",
    message,
    missing.length === 1 ? missing[0] : undefined,
  );
}

function whereItIs(state: RankState): string {
  const { rank, process } = state;
  if (process === undefined) return `rank ${rank} has not called`;
  return `rank ${rank} still runs (process ${process.pid} on ${process.host})`;
}
