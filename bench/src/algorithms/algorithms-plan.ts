/** What a launched rank is told to measure, and what it prints. */
export const kinds = ["allReduce", "allGather"] as const;
export type Kind = (typeof kinds)[number];
export const algorithms = ["ring", "doubling"] as const;
export type Algorithm = (typeof algorithms)[number];

export interface AlgorithmsPlan {
  readonly kind: Kind;
  /** Of an all-gather, all ranks' together. */
  readonly bytes: readonly number[];
  readonly turns: number;
}

/** One line of JSON for each size and algorithm. */
export interface AlgorithmSamples {
  readonly bytes: number;
  readonly algorithm: Algorithm;
  /** Of the slowest rank, from the end of a barrier to the end of the operation. */
  readonly durationsUs: readonly number[];
}
