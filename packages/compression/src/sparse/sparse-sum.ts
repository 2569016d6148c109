/**
 * The sum of what all members find largest in their values, with error feedback:
 *
 *   1  the residual is added to the values; the k largest are chosen and encoded
 *   2  what the message carries, after rounding, is taken from the residual: the rest is sent later
 *   3  all-gather; everybody adds up all messages in the order of members, the own one too
 *
 * Where messages would be no smaller, all of it is reduced as it is, and nothing is left over. What is not
 * finite is larger than anything else and so is sent at once, to be seen by all; none of it is ever kept,
 * or it would come back for ever.
 */
import { inParts, type Pace, type Work } from "@kolo/core";
import { type Bucket, type Group } from "../hook.js";
import { LargestSelector } from "./select-largest.js";
import { decodeSparse, encodeSparse, type SparseContent } from "./sparse-codec.js";
import { exchangeInStage, type Sparse, stageOf, stagesOf } from "./sparse-exchange.js";
import { type SparseLayout, sparseLayout } from "./sparse-layout.js";
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernels: all arrays are as long as the bucket */

export interface SparseSumRun {
  /** Left with the sum. */
  readonly values: Float32Array;
  /** What earlier runs did not send. */
  readonly residual: Float32Array;
  /** The residual from this run on; all of it is written. */
  readonly kept: Float32Array;
  /** Set to zero where this member has sent something, unless everything was sent. */
  readonly velocity?: Float32Array;
  /** Runs before this one. */
  readonly updates: number;
}

export type SparseSum = (run: SparseSumRun, group: Group, pace: Pace) => Promise<void>;

export function createSparseSum(
  compression: Sparse,
  bucket: Bucket,
  exchange: Int32Array,
): SparseSum {
  const stages = new Map(
    stagesOf(compression).map((stage) => [stage, stageFor(compression, bucket, exchange, stage)]),
  );
  const mostSent = Math.max(...[...stages.values()].map(({ layout }) => layout?.k ?? 0));
  const selector = new LargestSelector();
  const content: SparseContent = {
    indices: new Int32Array(mostSent),
    picked: new Float32Array(mostSent),
  };

  return async ({ values, residual, kept, velocity, updates }, group, pace) => {
    const stage = stages.get(stageOf(compression, updates));
    if (stage === undefined) throw new RangeError(`expected a count of runs, got ${updates}`);
    const { layout, all, parts } = stage;
    const own = parts[bucket.rank];
    if (layout === undefined || own === undefined) {
      await pace.follow(add(values, residual, values));
      await pace.follow(clear(kept));
      await group.allReduce(values);
      return;
    }
    await pace.follow(add(values, residual, kept));
    await pace.follow(selector.select(kept, layout.k, content.indices));
    await pace.follow(pick(kept, content, layout.k));
    await pace.follow(encodeSparse(layout, content, own));
    const finite = await pace.follow(takeSent(kept, content, layout.k));
    // Of what is not finite there may be more than was sent.
    if (finite === 0) await pace.follow(dropNonFinite(kept));
    if (velocity !== undefined) await pace.follow(clearAt(velocity, content.indices, layout.k));
    await group.allGather(all);
    await pace.follow(clear(values));
    for (const words of parts) await pace.follow(decodeSparse(layout, words, content, values));
  };
}

interface Stage {
  /** None where all of it is reduced as it is. */
  readonly layout?: SparseLayout;
  readonly all: Int32Array;
  /** A message of each member. */
  readonly parts: readonly Int32Array[];
}

function stageFor(compression: Sparse, bucket: Bucket, exchange: Int32Array, stage: number): Stage {
  const { k, dense } = exchangeInStage(compression, bucket, stage);
  if (dense) return { all: exchange.subarray(0, 0), parts: [] };
  const layout = sparseLayout(bucket.count, k, compression.values);
  const parts = Array.from({ length: bucket.size }, (_, member) =>
    exchange.subarray(member * layout.words, (member + 1) * layout.words),
  );
  return { layout, all: exchange.subarray(0, bucket.size * layout.words), parts };
}

function* add(one: Float32Array, other: Float32Array, sum: Float32Array): Work {
  yield* inParts(sum.length, (start, end) => {
    for (let i = start; i < end; i++) sum[i] = one[i]! + other[i]!;
  });
}

function* pick(values: Float32Array, { indices, picked }: SparseContent, k: number): Work {
  const pickPart = (start: number, end: number): void => {
    for (let i = start; i < end; i++) picked[i] = values[indices[i]!]!;
  };
  yield* inParts(k, pickPart, farApart);
}

/** Leaves what rounding took away, and of what is not finite nothing; how many were finite. */
function* takeSent(
  kept: Float32Array,
  { indices, picked }: SparseContent,
  k: number,
): Work<number> {
  let finite = 0;
  const takePart = (start: number, end: number): void => {
    for (let i = start; i < end; i++) {
      const sent = picked[i]!;
      const isFinite = sent - sent === 0;
      kept[indices[i]!] = isFinite ? kept[indices[i]!]! - sent : 0;
      if (isFinite) finite++;
    }
  };
  yield* inParts(k, takePart, farApart);
  return finite;
}

function* dropNonFinite(values: Float32Array): Work {
  yield* inParts(values.length, (start, end) => {
    for (let i = start; i < end; i++) {
      if (values[i]! - values[i]! !== 0) values[i] = 0;
    }
  });
}

function* clear(values: Float32Array): Work {
  yield* inParts(values.length, (start, end) => values.fill(0, start, end));
}

function* clearAt(values: Float32Array, indices: Int32Array, k: number): Work {
  const clearPart = (start: number, end: number): void => {
    for (let i = start; i < end; i++) values[indices[i]!] = 0;
  };
  yield* inParts(k, clearPart, farApart);
}

/** Of elements that lie far from each other, a cache has few. */
const farApart = { work: 4 };
