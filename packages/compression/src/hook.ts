/**
 * A hook stands where an all-reduce would: it is given a bucket's values and the collectives of the
 * group it is shared with, and leaves in the bucket what the hook takes for their sum. So whatever
 * compression is (a codec, error feedback, a low-rank approximation), the engine needs to know nothing
 * of it. The group are ranks of different hosts; what hosts reduce within them came before.
 *
 * Whatever a member computes from what all have received, all members compute alike, to the bit.
 */
import { type Pace } from "@kolo/core";
import { type Kernels } from "@kolo/kernels";

/** What a hook is made for. Alike on every member of the group but for `rank`. */
export interface Bucket {
  /** Elements that the members exchange. */
  readonly count: number;
  /** The matrices among them. What lies in none of them is a list of numbers. */
  readonly matrices: readonly Matrix[];
  /** This member, among `size`, which may be 1. */
  readonly rank: number;
  readonly size: number;
}

/** Row after row, from element `offset` of the bucket on. */
export interface Matrix {
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * What the members can do together, in the same order on each. All arrays are views of
 * `HookMemory.exchange`, or the bucket itself.
 */
export interface Group {
  /** Every member ends with the sum of all members' elements, with the same bits. In place. */
  allReduce(values: Float32Array): Promise<void>;
  /** In parts, one for each member: the own one is given, and the others' are there in the end. */
  allGather(words: Int32Array): Promise<void>;
  /**
   * The first half of `words` in parts, one for each member: the d-th goes to member d. The second half
   * holds, in the end, what each member gave to this one.
   */
  allToAll(words: Int32Array): Promise<void>;
}

/** Of the arena. Zeros at first. */
export interface HookMemory {
  /** Lasts from one run to the next; see HookState. */
  readonly state: Float32Array;
  /** What is exchanged; garbage between runs. */
  readonly exchange: Int32Array;
  /** Over all of the arena, which buckets lie in too. */
  readonly kernels: Kernels;
}

/** What a hook wants of the arena, in elements. Of `exchange`, as much as any run can need. */
export interface Demand {
  readonly state: number;
  readonly exchange: number;
}

export interface Hook {
  /**
   * Leaves the sum of all members' values in `values`, as near as it is to it. What it computes by itself
   * takes as long as the bucket is large, and so goes at a pace.
   */
  run(values: Float32Array, group: Group, pace: Pace): Promise<void>;
}
