/** The plans of a rank, on all of its threads: the main one lays buffers out as the others run them. */
import {
  algorithmFor,
  type BasePlan,
  type Operation,
  type Place,
  type Plan,
  planAmong,
  planOnHosts,
  planOperation,
  railOf,
  type Range,
  type SharedPlan,
} from "@kolo/collectives";
import { elementBytes, worldOfOne } from "@kolo/core";
import { defaultSegmentBytes } from "@kolo/transport";

/** Payload bytes of one segment at most, on every link of this rank; room for one is reserved. */
export const segmentBytes = defaultSegmentBytes;

/** Below this, a segment costs as much for itself as for its payload. */
const leastSegmentBytes = 64 * 1024;

/** Over links, in segments of `fixedSegmentBytes`, or of a size that fits the chunk. */
export function planRing(operation: Operation, world: Place, fixedSegmentBytes?: number): Plan {
  const chunkBytes = (elementsOf(operation) * elementBytes) / world.size;
  return planOperation(operation, world, {
    segmentElements: (fixedSegmentBytes ?? segmentBytesFor(chunkBytes)) / elementBytes,
    algorithm: algorithmFor(operation, world.size),
  });
}

/**
 * A power of two that cuts a rank's chunk into four or more, so that one segment is reduced while
 * others travel; no larger than links take, since then the pipeline is long enough.
 */
export function segmentBytesFor(chunkBytes: number): number {
  const quarter = 2 ** Math.floor(Math.log2(Math.max(chunkBytes / 4, leastSegmentBytes)));
  return Math.min(quarter, segmentBytes);
}

/** Of all ranks, so that every rank comes to the same plan. */
function elementsOf(operation: Operation): number {
  switch (operation.kind) {
    case "allReduce":
    case "broadcast":
      return operation.shape.reduce((count, dimension) => count * dimension, 1);
    case "reduceScatter":
    case "allGather":
      return operation.counts.reduce((sum, count) => sum + count, 0);
    case "allToAll":
      return operation.splits.flat().reduce((sum, count) => sum + count, 0);
    case "barrier":
      return 0;
  }
}

/** Where a rank is among the others: what the launcher told it. */
export interface Surroundings {
  readonly world: Place;
  readonly hosts: readonly number[];
}

/** Over memory that the ranks of each host share, and links between hosts. */
export function planSharing(
  operation: Operation,
  { world, hosts }: Surroundings,
  fixedSegmentBytes?: number,
): SharedPlan {
  return planOnHosts(operation, { rank: world.rank, hosts }, (part, place) =>
    planRing(part, place, fixedSegmentBytes),
  );
}

/** As it will be run; where no launcher started this process, in a world of one. */
export function planFor(
  operation: Operation,
  surroundings: Surroundings | undefined,
  sharing: boolean,
  fixedSegmentBytes?: number,
): BasePlan {
  if (sharing && surroundings !== undefined) {
    return planSharing(operation, surroundings, fixedSegmentBytes);
  }
  return planRing(operation, surroundings?.world ?? worldOfOne, fixedSegmentBytes);
}

/** Where a compressed operation is compressed: between hosts, or ranks that share nothing. */
export interface CompressionPlace {
  /** Ranks of the world, at least two. */
  readonly members: readonly number[];
  /** Elements of the operation's buffer that this rank exchanges with them. */
  readonly slice: Range;
  /** That would exchange them as they are, and has the factors. */
  readonly plan: Plan;
}

/** Undefined where this rank has nobody to exchange anything with, or does not take part in it. */
export function compressionPlace(
  operation: Operation,
  surroundings: Surroundings | undefined,
  sharing: boolean,
): CompressionPlace | undefined {
  if (surroundings === undefined || surroundings.world.size === 1) return undefined;
  const { world, hosts } = surroundings;
  if (!sharing) {
    const plan = planRing(operation, world);
    return { members: hosts.map((_, rank) => rank), slice: plan.layout.input, plan };
  }
  const { plan, slice } = planSharing(operation, surroundings).across ?? {};
  const members = railOf({ rank: world.rank, hosts });
  if (plan === undefined || slice === undefined || members.length < 2) return undefined;
  return { members, slice, plan };
}

/** A collective that is part of a compressed operation. */
export function planPart(
  operation: Operation,
  { members }: CompressionPlace,
  { rank, part }: { readonly rank: number; readonly part: number },
): Plan {
  const chunkBytes = (elementsOf(operation) * elementBytes) / members.length;
  const segmentElements = segmentBytesFor(chunkBytes) / elementBytes;
  return planAmong(operation, { members, rank, part }, { segmentElements, algorithm: "ring" });
}
