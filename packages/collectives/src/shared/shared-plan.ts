/**
 * The same operations between ranks whose memories all can see: nothing is sent, each rank takes
 * what it needs straight from the others' buffers.
 *
 *   folds    reduce this range over all ranks, in the ring's order, into the own buffer; for an
 *            all-reduce, write it into everyone's: each rank does a chunk, and one pass does it all
 *   across   where there are other hosts: what then goes over links (hierarchy/plan-on-hosts.ts)
 *   copies   what comes from one other rank's buffer
 *
 * No range that one rank writes is touched by another until all are done. The order of additions is
 * that of the ring, and so are the bits: range r begins with rank r + 1 and ends with rank r.
 */
import { fnv1a } from "@kolo/core";
import { fingerprint, type Operation } from "../operation.js";
import { type BasePlan, type Plan, type Range } from "../plan/plan.js";
import { planOperation } from "../plan/plan-operation.js";
import { consecutive, evenCounts } from "../plan/ranges.js";
import { type Place } from "../plan/ring.js";

/** Ranks in it are those of the host, counted from 0. */
export interface SharedPlan extends BasePlan {
  readonly folds: readonly Fold[];
  readonly across?: Across;
  readonly copies: readonly PeerCopy[];
}

export interface Fold {
  readonly range: Range;
  /** In whose buffers the result goes. */
  readonly into: readonly number[];
  /** The result is final for the world: divide for the average, postscale. */
  readonly finish: boolean;
}

export interface Across {
  /** What this rank's links carry, in the own buffer; undefined where it has no part in it. */
  readonly plan: Plan | undefined;
  /** Elements that are this rank's to carry; undefined where all are, or none. */
  readonly slice?: Range;
  /** Folds come before it and copies after it, so that all ranks of the host wait in between. */
  readonly amidst: boolean;
}

export interface PeerCopy {
  readonly peer: number;
  /** Elements of the peer's buffer, and of the own one. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

export function planShared(operation: Operation, place: Place): SharedPlan {
  // Where input and output lie, and the factors, are those of the ring; what travels is not.
  const ring = planOperation(operation, place, { segmentElements: 1 });
  const { layout, local, dtype, op, prescale, postscale, divisor } = ring;
  const algorithm = ring.algorithm.replace(/^[a-z]+-/, "shared-");
  return {
    algorithm,
    ...{ layout, local, dtype, op, prescale, postscale, divisor },
    hash: fnv1a([algorithm, place.size, fingerprint(operation)].join(" ")),
    folds: [],
    copies: [],
    ...schedule(operation, place, layout.elements),
  };
}

function schedule(
  operation: Operation,
  { rank, size }: Place,
  elements: number,
): Partial<Pick<SharedPlan, "folds" | "copies">> {
  if (size === 1) return {};
  const others = Array.from({ length: size - 1 }, (_, i) => (rank + 1 + i) % size);
  switch (operation.kind) {
    case "allReduce": {
      const range = consecutive(evenCounts(elements, size))[rank];
      const into = [rank, ...others];
      return range === undefined ? {} : { folds: [{ range, into, finish: true }] };
    }
    case "reduceScatter": {
      const range = consecutive(operation.counts)[rank];
      return range === undefined ? {} : { folds: [{ range, into: [rank], finish: true }] };
    }
    case "allGather": {
      const ranges = consecutive(operation.counts);
      return {
        copies: others.map((peer) => {
          const { offset, count } = ranges[peer] ?? { offset: 0, count: 0 };
          return { peer, from: offset, to: offset, count };
        }),
      };
    }
    case "broadcast": {
      const { root } = operation;
      return rank === root ? {} : { copies: [{ peer: root, from: 0, to: 0, count: elements }] };
    }
    case "allToAll": {
      const taken = operation.splits.map((row) => row[rank] ?? 0);
      const inputCount = (operation.splits[rank] ?? []).reduce((sum, count) => sum + count, 0);
      const places = consecutive(taken, inputCount);
      return {
        copies: others.map((peer) => ({
          peer,
          from: consecutive(operation.splits[peer] ?? [])[rank]?.offset ?? 0,
          to: places[peer]?.offset ?? 0,
          count: taken[peer] ?? 0,
        })),
      };
    }
    case "barrier":
      return {};
  }
}
