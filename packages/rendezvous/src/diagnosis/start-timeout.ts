import { inSeconds, listRanks, listWords } from "./in-words.js";
import { exitedCleanly, type JobLimits, type JobState, type RankState } from "./job-state.js";
import { failedFor, type Verdict } from "./verdict.js";

/** Not every rank has joined in time. A program that ends without kolo.init() is no failure. */
export function startTimeout(
  job: JobState,
  nowMs: number,
  { startTimeoutMs }: Pick<JobLimits, "startTimeoutMs">,
): Verdict | undefined {
  const missing = job.ranks.filter((rank) => rank.registration === undefined);
  const awaited = missing.some((rank) => rank.exit === undefined);
  if (!awaited || nowMs < job.startedAtMs + startTimeoutMs) return undefined;
  const joined = job.ranks.length - missing.length;
  const message =
    `expected ${job.ranks.length} ranks to join within ${inSeconds(startTimeoutMs)}, got ${joined}; ` +
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
  if (exitedCleanly(state)) return `rank ${rank} has exited with code 0`;
  if (process === undefined) return `rank ${rank} has not called`;
  return `rank ${rank} still runs (process ${process.pid} on ${process.host})`;
}
