/** The plans of a rank, on both of its threads: the main one lays buffers out as the other runs them. */
import { type Operation, type Place, type Plan, planOperation } from "@kolo/collectives";
import { elementBytes } from "@kolo/core";
import { defaultSegmentBytes } from "@kolo/transport";

/** Payload bytes of one segment at most, on every link of this rank; room for one is reserved. */
export const segmentBytes = defaultSegmentBytes;

export function planFor(operation: Operation, world: Place): Plan {
  return planOperation(operation, world, { segmentElements: segmentBytes / elementBytes });
}
