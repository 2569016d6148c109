/**
 * The two halves of every ring algorithm, for `size` ranges. Ranks send right and receive from left.
 *
 *   reduce-scatter, hop s: rank r receives range (r - s - 2), reduces it, and sends it on
 *   all-gather,     hop s: rank r receives range (r - s - 1), copies it, and sends it on
 *
 * After size - 1 hops of reduce-scatter, rank r owns the reduction of range r: it sent range r - 1
 * first. An all-gather may then go on from there with range r.
 *
 * Source: Patarasuk & Yuan, "Bandwidth optimal all-reduce algorithms", JPDC 69(2), 2009.
 */
import { leftOf, rightOf } from "@kolo/core";
import { type Range, type Receive, type Send } from "./plan.js";

export interface Place {
  readonly rank: number;
  readonly size: number;
}

export interface RingHalf {
  readonly sends: readonly Send[];
  readonly receives: readonly Receive[];
}

const nothing: RingHalf = { sends: [], receives: [] };
const none: Range = { offset: 0, count: 0 };

/** `then` is what the last hop's range is sent on into: an all-gather, or nothing. */
export function reduceScatterHops(
  place: Place,
  ranges: readonly Range[],
  then: "gather" | "stop",
): RingHalf {
  const { rank, size } = place;
  if (size === 1) return nothing;
  return {
    sends: [{ peer: rightOf(place), hop: 0, range: at(ranges, rank - 1) }],
    receives: hops(size).map((hop) => {
      const last = hop === size - 2;
      return {
        peer: leftOf(place),
        hop,
        range: at(ranges, rank - hop - 2),
        action: "reduce",
        finish: last,
        forwardTo: last && then === "stop" ? undefined : rightOf(place),
      };
    }),
  };
}

/** `firstHop` is 0 for a gather of its own, size - 1 for one that follows a reduce-scatter. */
export function allGatherHops(place: Place, ranges: readonly Range[], firstHop: number): RingHalf {
  const { rank, size } = place;
  if (size === 1) return nothing;
  const own: Send = { peer: rightOf(place), hop: 0, range: at(ranges, rank) };
  return {
    // After a reduce-scatter, its last hop forwards the own range.
    sends: firstHop === 0 ? [own] : [],
    receives: hops(size).map((hop) => ({
      peer: leftOf(place),
      hop: firstHop + hop,
      range: at(ranges, rank - hop - 1),
      action: "copy",
      finish: false,
      forwardTo: hop === size - 2 ? undefined : rightOf(place),
    })),
  };
}

function hops(size: number): number[] {
  return Array.from({ length: size - 1 }, (_, hop) => hop);
}

function at(ranges: readonly Range[], index: number): Range {
  const size = ranges.length;
  return ranges[((index % size) + size) % size] ?? none;
}
