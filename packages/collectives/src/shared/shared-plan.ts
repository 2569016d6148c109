/**
 * The same operations between ranks whose memories all can see: nothing is sent, each rank takes
 * what it needs straight from the others' buffers.
 *
 *   fold     reduce this range over all ranks, in the ring's order, into the own buffer; for an
 *            all-reduce, write it into everyone's: each rank does a chunk, and one pass does it all
 *   copies   what comes from one other rank's buffer
 *
 * No range that one rank writes is touched by another until all are done. The order of additions is
 * that of the ring, and so are the bits: range r begins with rank r + 1 and ends with rank r.
 */
import { fnv1a } from "@kolo/core";
import { fingerprint, type Operation } from "../operation.js";
import { type BasePlan, type Range } from "../plan/plan.js";
import { planOperation } from "../plan/plan-operation.js";
import { consecutive, evenCounts } from "../plan/ranges.js";
import { type Place } from "../plan/ring.js";

export interface SharedPlan extends BasePlan {
  readonly fold?: { readonly range: Range; readonly into: "own" | "all" };
  readonly copies: readonly PeerCopy[];
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
    copies: [],
    ...schedule(operation, place, layout.elements),
  };
}

function schedule(
  operation: Operation,
  { rank, size }: Place,
  elements: number,
): Partial<Pick<SharedPlan, "fold" | "copies">> {
  if (size === 1) return {};
  const others = Array.from({ length: size - 1 }, (_, i) => (rank + 1 + i) % size);
  switch (operation.kind) {
    case "allReduce": {
      const range = consecutive(evenCounts(elements, size))[rank];
      return range === undefined ? {} : { fold: { range, into: "all" } };
    }
    case "reduceScatter": {
      const range = consecutive(operation.counts)[rank];
      return range === undefined ? {} : { fold: { range, into: "own" } };
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
