/**
 * A stop is a decision of the world: a rank that wants to stop votes, the vote rides with the
 * gradients of the next step, and every rank learns of it after that same step.
 *
 * The fit hook writes `requested` and reads `agreed`; the distributed optimizer carries it.
 */
export interface StepVote {
  /** This rank wants to stop. */
  requested: boolean;
  /** Some rank wanted to stop when the last step was reduced: true on all ranks alike. */
  agreed: boolean;
}

const votes = new WeakMap<object, StepVote>();

/** Called by the distributed optimizer for itself. */
export function enableStepVote(optimizer: object): StepVote {
  const vote: StepVote = { requested: false, agreed: false };
  votes.set(optimizer, vote);
  return vote;
}

/** The vote that rides with this optimizer's gradients, or undefined where it is not distributed. */
export function stepVoteOf(optimizer: object): StepVote | undefined {
  return votes.get(optimizer);
}
