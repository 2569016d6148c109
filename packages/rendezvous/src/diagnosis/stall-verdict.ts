import { type JobLimits, type JobState, type RankState } from "./job-state.js";
import { failedFor, type Verdict } from "./verdict.js";

export type StallLimits = Pick<JobLimits, "stallWarningMs" | "stallTimeoutMs">;

/** Something that ranks have waited for too long. */
export interface Stall {
  /** What they wait for, as the error's context says it. */
  readonly operation: string;
  readonly waitedMs: number;
  /** Those whose coming would end the wait. */
  readonly missing: readonly RankState[];
  /** Who waits, who is missing, and what those did last. */
  readonly text: string;
}

export function isStall(waitedMs: number, limits: StallLimits): boolean {
  const { stallWarningMs, stallTimeoutMs } = limits;
  return [stallWarningMs, stallTimeoutMs].some((limit) => limit > 0 && waitedMs >= limit);
}

/** A failure at the timeout, which blames a rank that alone is missing; before it, a warning. */
export function stallVerdict(
  job: JobState,
  key: string,
  { operation, waitedMs, missing, text }: Stall,
  { stallTimeoutMs }: StallLimits,
): Verdict {
  if (stallTimeoutMs === 0 || waitedMs < stallTimeoutMs) return { kind: "warn", key, text };
  const blamed = missing.length === 1 ? missing[0] : undefined;
  return failedFor(job, "stalled", text, blamed, { operation });
}
