/**
 * What to do about a job, decided from what is known of its ranks. Pure: no I/O, no clock.
 *
 * The rules are asked in order; the first that has an opinion decides. Hard evidence comes before
 * inference, and inference before the mere passing of time:
 *
 *   primary cause    a rank's own error; a process that exits with a code or is killed
 *   finished early   a rank that is done while another needs it
 *   symptoms         a lost peer, a broken stream: only when their cause does not come
 *   start timeout    not everyone has joined
 *   silence          a rank that no longer beats
 *   stall            an operation that nobody completes: first a warning, then a failure
 *   stalled farewell a rank that does not come to kolo.shutdown(): the same
 *
 * Losing a peer that has finished is no evidence for a rank that does not need it, and is left out.
 */
import { finishedEarly } from "./finished-early.js";
import { withoutHarmlessLosses } from "./harmless-loss.js";
import { type JobLimits, type JobState } from "./job-state.js";
import { primaryCause } from "./primary-cause.js";
import { silence } from "./silence.js";
import { stall } from "./stall.js";
import { stalledFarewell } from "./stalled-farewell.js";
import { startTimeout } from "./start-timeout.js";
import { symptomaticCause } from "./symptoms.js";
import { type Rule, type Verdict } from "./verdict.js";

const rules: readonly Rule<JobLimits>[] = [
  primaryCause,
  finishedEarly,
  symptomaticCause,
  startTimeout,
  silence,
  stall,
  stalledFarewell,
];

export function diagnose(job: JobState, nowMs: number, limits: JobLimits): Verdict {
  const evidence = withoutHarmlessLosses(job);
  for (const rule of rules) {
    const verdict = rule(evidence, nowMs, limits);
    if (verdict !== undefined) return verdict;
  }
  return { kind: "nothing", reason: "all is well" };
}
