/**
 * A rank that stays away while others wait in kolo.shutdown() for everybody to come. It is in no
 * operation, so the rule about those does not see it. A rank that left says nothing more, so the
 * coordinator counts the time itself, while it is awake.
 */
import { inSeconds, listRanks, whatItDid } from "./in-words.js";
import { hasFinished, type JobState } from "./job-state.js";
import { isStall, type StallLimits, stallVerdict } from "./stall-verdict.js";
import { type Verdict } from "./verdict.js";

const operation = "kolo.shutdown()";

export function stalledFarewell(
  job: JobState,
  nowMs: number,
  limits: StallLimits,
): Verdict | undefined {
  // One that has left and whose process has ended waits for nobody.
  const waiting = job.ranks.filter((rank) => rank.left !== undefined && rank.exit === undefined);
  const missing = job.ranks.filter((rank) => !hasFinished(rank));
  if (waiting.length === 0 || missing.length === 0) return undefined;
  const waitedMs = Math.max(...waiting.map(({ left }) => nowMs - (left?.atMs ?? nowMs)));
  if (!isStall(waitedMs, limits)) return undefined;
  const text =
    `${operation} has not completed for ${inSeconds(waitedMs)}: ` +
    `${listRanks(waiting)} ${waiting.length === 1 ? "waits" : "wait"} in it, ` +
    `${listRanks(missing)} ${missing.length === 1 ? "is" : "are"} not there; ` +
    `${missing.map((rank) => whatItDid(rank, nowMs)).join("; ")}. ` +
    "Every rank must call it; --stall-timeout gives more time";
  return stallVerdict(job, operation, { operation, waitedMs, missing, text }, limits);
}
