/**
 * Plans among some of the world's ranks, as parts of one operation. A compressed all-reduce is several
 * collectives on links: they have the operation's number and fingerprint, and differ by their hops, of
 * which each part has a range of its own.
 */
import { KoloError } from "@kolo/core";
import { type Operation } from "../operation.js";
import { type Plan } from "./plan.js";
import { planOperation, type PlanOptions } from "./plan-operation.js";

/** Hops of a part; segments carry 32 bits of them. */
const hopsOfPart = 2 ** 24;
const mostParts = 2 ** 32 / hopsOfPart;

export interface Among {
  /** Ranks of the world; this one is among them. */
  readonly members: readonly number[];
  readonly rank: number;
  /** From 0, in the order in which the parts of an operation run. */
  readonly part: number;
}

export function planAmong(
  operation: Operation,
  { members, rank, part }: Among,
  options: PlanOptions,
): Plan {
  if (part >= mostParts) throw new KoloError("internal", `expected at most ${mostParts} parts`);
  const place = { rank: members.indexOf(rank), size: members.length };
  const plan = planOperation(operation, place, options);
  const rankOf = (member: number): number => members[member] ?? 0;
  const firstHop = part * hopsOfPart;
  return {
    ...plan,
    sends: plan.sends.map((send) => ({
      ...send,
      peer: rankOf(send.peer),
      hop: firstHop + send.hop,
    })),
    receives: plan.receives.map((receive) => ({
      ...receive,
      peer: rankOf(receive.peer),
      hop: firstHop + receive.hop,
      forwardTo: receive.forwardTo === undefined ? undefined : rankOf(receive.forwardTo),
    })),
  };
}

/** The hop as its part counts it. */
export function hopWithin(hop: number): number {
  return hop % hopsOfPart;
}

/** To which part of its operation a hop belongs. */
export function partOf(hop: number): number {
  return Math.floor(hop / hopsOfPart);
}
