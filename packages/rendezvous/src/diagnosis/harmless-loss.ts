import { hasFinished, type JobState, type RankState } from "./job-state.js";
import { symptomOf } from "./symptom.js";

/**
 * Whether all that a rank complains of is the loss of a peer that had finished, while it was in no
 * operation itself. It may go on to its own end; should it need that peer after all, the operation
 * fails, and it complains again. A complaint that ends its process is never harmless.
 */
export function isHarmlessLoss(job: JobState, { failure, progress }: RankState): boolean {
  if (failure === undefined || failure.ending) return false;
  const peer = symptomOf(failure.error)?.peer;
  const lost = peer === undefined ? undefined : job.ranks[peer];
  if (lost === undefined || !hasFinished(lost)) return false;
  return progress === undefined || progress.submitted === progress.completed;
}

/** The job without such complaints. */
export function withoutHarmlessLosses(job: JobState): JobState {
  const ranks = job.ranks.map((rank) =>
    isHarmlessLoss(job, rank) ? { ...rank, failure: undefined } : rank,
  );
  return { ...job, ranks };
}
