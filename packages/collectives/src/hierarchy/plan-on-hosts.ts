/**
 * Operations between ranks on several hosts, of which each host's share memory. With the fewest ranks
 * that a host has, K, an all-reduce takes three steps:
 *
 *   fold     the ranks of a host reduce over the host, each a chunk, so that slice k (of K) ends in
 *            the buffer of local rank k
 *   across   the k-th ranks of all hosts are a ring of their own, a rail, and all-reduce slice k over
 *            links: K rails at a time
 *   copy     everyone takes the finished slices from the buffers of their owners
 *
 * A host sends 2n(H - 1)/H elements, the least there is among H hosts, over K links at a time. Where a
 * host has more than K ranks, the others help to fold, and wait.
 *
 * Everything else, and an all-reduce so small that hops are all that counts, goes over links from rank
 * to rank. The ranks of a host compare what they are about to
 * do all the same, since a rail does not pass every rank.
 */
import { fnv1a, KoloError, ranksByHost } from "@kolo/core";
import { type AllReduce, fingerprint, type Operation } from "../operation.js";
import { type BasePlan, type Plan, type Range } from "../plan/plan.js";
import { algorithmFor } from "../plan/choose-algorithm.js";
import { planOperation } from "../plan/plan-operation.js";
import { consecutive, evenCounts } from "../plan/ranges.js";
import { type Place } from "../plan/ring.js";
import { planShared, type SharedPlan } from "../shared/shared-plan.js";

/** Which rank, and on which host each rank is. */
export interface PlaceOnHosts {
  readonly rank: number;
  readonly hosts: readonly number[];
}

/** Plans what goes over links, among the ranks of the world or of a rail. */
export type PlanLinks = (operation: Operation, place: Place) => Plan;

export function planOnHosts(
  operation: Operation,
  { rank, hosts }: PlaceOnHosts,
  planLinks: PlanLinks,
): SharedPlan {
  const members = ranksByHost(hosts);
  const place = { rank, size: hosts.length };
  if (members.length < 2) return planShared(operation, place);
  if (operation.kind !== "allReduce" || algorithmFor(operation, place.size) === "doubling") {
    return overLinks(planLinks(operation, place));
  }
  return hierarchical(operation, { rank, hosts }, planLinks);
}

/** The ranks that are a ring with this one across hosts; none where it only helps to fold. */
export function railOf({ rank, hosts }: PlaceOnHosts): readonly number[] {
  const members = ranksByHost(hosts);
  const localRank = members.find((locals) => locals.includes(rank))?.indexOf(rank) ?? -1;
  const rail = members.flatMap((locals) => locals[localRank] ?? []);
  return members.length > 1 && rail.length === members.length ? rail : [];
}

/** The plan of all ranks as it is, factors and all; its hash too, since its bits are the same. */
function overLinks(plan: Plan): SharedPlan {
  const { algorithm, layout, dtype, op, hash } = plan;
  return {
    ...{ algorithm, layout, dtype, op, hash },
    ...{ prescale: 1, postscale: 1, divisor: 1, local: [] },
    folds: [],
    across: { plan, amidst: false },
    copies: [],
  };
}

function hierarchical(
  operation: AllReduce,
  { rank, hosts }: PlaceOnHosts,
  planLinks: PlanLinks,
): SharedPlan {
  const members = ranksByHost(hosts);
  const host = hosts[rank] ?? 0;
  const locals = members[host] ?? [];
  const localRank = locals.indexOf(rank);
  const railCount = Math.min(...members.map(({ length }) => length));
  // Where input and output lie, and the factors, are those of the ring; what travels is not.
  const ring = planOperation(operation, { rank, size: hosts.length }, { segmentElements: 1 });
  const { layout, dtype, op, prescale, postscale, divisor } = ring;
  const base = { layout, dtype, op, prescale, postscale, divisor, local: [] };

  const slices = consecutive(evenCounts(layout.elements, railCount));
  const railPlan = (rail: number, crossRank: number): Plan => {
    // Recursive doubling would need room that the slices do not have between them.
    const part = { ...operation, shape: [slices[rail]?.count ?? 0], algorithm: "ring" } as const;
    return planLinks(part, { rank: crossRank, size: members.length });
  };
  const rail = railOf({ rank, hosts });
  const slice = slices[localRank];
  const plan = slice && onRail(railPlan(localRank, host), { rail, slice, base });

  const algorithm = "hierarchical-all-reduce";
  // The first slice is the largest; how the others travel follows from the same settings.
  const hashed = [algorithm, hosts.join(","), railPlan(0, 0).hash, fingerprint(operation)];
  const owned = slices.map((range, owner) => ({ owner, range }));
  const chunk = consecutive(evenCounts(layout.elements, locals.length))[localRank];
  return {
    algorithm,
    ...base,
    hash: fnv1a(hashed.join(" ")),
    folds:
      chunk === undefined || locals.length === 1
        ? []
        : owned.flatMap(({ owner, range }) => {
            const common = intersection(chunk, range);
            return common.count === 0 ? [] : [{ range: common, into: [owner], finish: false }];
          }),
    across: { plan, amidst: true, ...(slice && { slice }) },
    copies: owned
      .filter(({ owner, range }) => owner !== localRank && range.count > 0)
      .map(({ owner, range: { offset, count } }) => ({
        ...{ peer: owner, from: offset, to: offset, count },
      })),
  };
}

/**
 * A plan among the members of a rail, for the slice alone, as one of the whole buffer and of ranks of the
 * world. What was multiplied by `prescale` before the fold is not again; the average is the world's.
 */
function onRail(
  plan: Plan,
  {
    rail,
    slice,
    base,
  }: { rail: readonly number[]; slice: Range; base: Omit<BasePlan, "algorithm" | "hash"> },
): Plan {
  const { offset, count } = slice;
  // The buffer has room for all slices, and none between them.
  if (plan.layout.elements !== count || plan.layout.input.count !== plan.layout.output.count) {
    throw new KoloError(
      "internal",
      `expected ${plan.algorithm} to stay within its ${count} elements`,
    );
  }
  const moved = (range: Range): Range => ({ offset: offset + range.offset, count: range.count });
  const rankOf = (member: number): number => rail[member] ?? 0;
  return {
    ...plan,
    layout: base.layout,
    local: plan.local.map((move) => ({
      ...{ from: offset + move.from, to: offset + move.to, count: move.count },
    })),
    prescale: 1,
    divisor: base.divisor,
    sends: plan.sends.map((send) => ({
      ...send,
      peer: rankOf(send.peer),
      range: moved(send.range),
    })),
    receives: plan.receives.map((receive) => ({
      ...receive,
      peer: rankOf(receive.peer),
      range: moved(receive.range),
      forwardTo: receive.forwardTo === undefined ? undefined : rankOf(receive.forwardTo),
    })),
  };
}

function intersection(one: Range, other: Range): Range {
  const offset = Math.max(one.offset, other.offset);
  const end = Math.min(one.offset + one.count, other.offset + other.count);
  return { offset, count: Math.max(0, end - offset) };
}
