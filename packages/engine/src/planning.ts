/** The plans of a rank, on all of its threads: the main one lays buffers out as the others run them. */
import {
  type BasePlan,
  type Operation,
  type Place,
  type Plan,
  planOperation,
  planShared,
} from "@kolo/collectives";
import { elementBytes } from "@kolo/core";
import { defaultSegmentBytes } from "@kolo/transport";

/** Payload bytes of one segment at most, on every link of this rank; room for one is reserved. */
export const segmentBytes = defaultSegmentBytes;

/** Over links. */
export function planRing(operation: Operation, world: Place): Plan {
  return planOperation(operation, world, { segmentElements: segmentBytes / elementBytes });
}

/** As it will be run: over memory that all ranks share, or over links. */
export function planFor(operation: Operation, world: Place, sharing: boolean): BasePlan {
  return sharing ? planShared(operation, world) : planRing(operation, world);
}
