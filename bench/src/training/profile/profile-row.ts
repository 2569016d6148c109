/** One line of the answer to: where does the time of a step go? */
export interface ProfileRow {
  readonly phase: ProfilePhase;
  /** A kernel's name, or what else took the time. */
  readonly op: string;
  /** 0 where it is not something that is called. */
  readonly callsPerStep: number;
  readonly msPerStep: number;
  /** Of the step, 0 … 1. All rows of a profile add up to 1. */
  readonly share: number;
}

/**
 * "gradients": forward and backward, `computeGradients`. "exchange": from there until the reduced
 * gradients reach the inner optimizer. "optimizer": its update. "around": the rest of `trainOnBatch`.
 */
export const profilePhases = ["gradients", "exchange", "optimizer", "around"] as const;
export type ProfilePhase = (typeof profilePhases)[number];

/** What the time outside of all ops is spent on. */
export const betweenOps = {
  gradients: "JavaScript: engine and layers",
  exchange: "packing and unpacking",
  optimizer: "JavaScript: engine and optimizer",
  around: "JavaScript: layers",
} as const satisfies Record<ProfilePhase, string>;
