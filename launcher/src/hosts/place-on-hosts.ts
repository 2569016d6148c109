/**
 * How many ranks each host runs, and which. Pure.
 *
 *   --map-by slot   fills a host before the next:  a, b, c with 4 slots each, -np 6 → 4, 2, 0
 *   --map-by node   one rank to each in turn:                                       → 2, 2, 2
 *
 * Either way ranks are numbered host by host, in the order of the hosts, so that the ring enters and
 * leaves each host once: all other neighbours share one. (Open MPI would number across hosts with
 * --map-by node.) Hosts that get no rank drop out.
 *
 * With --oversubscribe, ranks beyond the slots go to all hosts in turn, up to max_slots of each.
 */
import { maxRanks } from "../cli/max-ranks.js";
import { UsageError } from "../cli/usage-error.js";

export const mapBys = ["slot", "node"] as const;
export type MapBy = (typeof mapBys)[number];

export interface HostSlots {
  readonly host: string;
  readonly slots: number;
  readonly maxSlots: number | undefined;
}

export interface PlacementRequest<Host extends HostSlots> {
  readonly hosts: readonly Host[];
  /** How many ranks; undefined: one for every slot. */
  readonly size: number | undefined;
  readonly mapBy: MapBy;
  readonly oversubscribe: boolean;
  /** Who offers the slots, for messages: the hostfile or --hosts. */
  readonly source: string;
}

export interface HostPlace<Host> {
  readonly host: Host;
  readonly firstRank: number;
  readonly localSize: number;
}

/** By crossRank. Throws UsageError where the slots do not suffice. */
export function placeOnHosts<Host extends HostSlots>(
  request: PlacementRequest<Host>,
): readonly HostPlace<Host>[] {
  let firstRank = 0;
  return countRanks(request).flatMap((localSize, index) => {
    const host = request.hosts[index];
    if (localSize === 0 || host === undefined) return [];
    firstRank += localSize;
    return [{ host, firstRank: firstRank - localSize, localSize }];
  });
}

/** The host (crossRank) of each rank. */
export function hostOfRanks(places: readonly HostPlace<unknown>[]): number[] {
  return places.flatMap(({ localSize }, crossRank) => Array<number>(localSize).fill(crossRank));
}

function countRanks(request: PlacementRequest<HostSlots>): number[] {
  const { hosts, mapBy, oversubscribe, source } = request;
  const slots = hosts.map((host) => host.slots);
  const offered = sum(slots);
  const size = request.size ?? offered;
  if (size > maxRanks) {
    throw new UsageError(
      `expected at most ${maxRanks} ranks, got ${size}, one for every slot of ${source}; ` +
        "say how many to start with -np",
    );
  }
  if (size <= offered) return mapBy === "slot" ? fill(size, slots) : dealInTurn(size, slots);
  if (!oversubscribe) {
    throw new UsageError(
      `-np ${size} needs ${size} slots; ${source} offers ${offered}: ${sumText(hosts, slots)}; ` +
        "start fewer, offer more slots, or let hosts run more ranks than slots with --oversubscribe",
    );
  }
  const most = hosts.map(({ maxSlots }) => maxSlots ?? maxRanks);
  if (sum(most) < size) {
    throw new UsageError(
      `-np ${size} needs ${size} slots; even with --oversubscribe, ${source} allows ${sum(most)} ` +
        `(max_slots): ${sumText(hosts, most)}; start fewer, or raise max_slots`,
    );
  }
  const room = most.map((limit, index) => limit - (slots[index] ?? 0));
  const extra = dealInTurn(size - offered, room);
  return slots.map((count, index) => count + (extra[index] ?? 0));
}

function fill(count: number, room: readonly number[]): number[] {
  let left = count;
  return room.map((most) => {
    const taken = Math.min(most, left);
    left -= taken;
    return taken;
  });
}

/** The room suffices. */
function dealInTurn(count: number, room: readonly number[]): number[] {
  const dealt = room.map(() => 0);
  let left = count;
  while (left > 0) {
    for (const [index, most] of room.entries()) {
      const has = dealt[index] ?? 0;
      if (left === 0 || has >= most) continue;
      dealt[index] = has + 1;
      left -= 1;
    }
  }
  return dealt;
}

const sumTerms = 8;

/** "a 4 + b 4", of many hosts the first ones. */
function sumText(hosts: readonly HostSlots[], counts: readonly number[]): string {
  const terms = hosts.slice(0, sumTerms).map(({ host }, index) => `${host} ${counts[index] ?? 0}`);
  const more = hosts.length - terms.length;
  return terms.join(" + ") + (more === 0 ? "" : ` + ${more} more hosts`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
