import { describe, expect, it } from "@jest/globals";
import { ranksByHost, rightOf, worldOn } from "@kolo/core";
import fc from "fast-check";
import {
  hostOfRanks,
  type HostSlots,
  mapBys,
  placeOnHosts,
  type PlacementRequest,
} from "./place-on-hosts.js";

const hostsOf = (...slots: readonly (number | readonly [number, number])[]): HostSlots[] =>
  slots.map((given, index) => {
    const [count, maxSlots] = typeof given === "number" ? [given, undefined] : given;
    return { host: String.fromCharCode(97 + index), slots: count, maxSlots };
  });

const request = (changes: Partial<PlacementRequest<HostSlots>>): PlacementRequest<HostSlots> => ({
  hosts: hostsOf(4, 4, 4),
  size: undefined,
  mapBy: "slot",
  oversubscribe: false,
  source: "hosts",
  ...changes,
});

/** "a 4, b 2" */
const counts = (changes: Partial<PlacementRequest<HostSlots>>): string =>
  placeOnHosts(request(changes))
    .map(({ host, localSize }) => `${host.host} ${localSize}`)
    .join(", ");

describe("placeOnHosts", () => {
  it.each([
    [{}, "a 4, b 4, c 4"],
    [{ size: 6 }, "a 4, b 2"],
    [{ size: 6, mapBy: "node" }, "a 2, b 2, c 2"],
    [{ size: 7, mapBy: "node" }, "a 3, b 2, c 2"],
    [{ size: 2, mapBy: "node" }, "a 1, b 1"],
    [{ size: 7, mapBy: "node", hosts: hostsOf(1, 4, 3) }, "a 1, b 3, c 3"],
    [{ size: 3, oversubscribe: true }, "a 3"],
    [{ size: 14, oversubscribe: true }, "a 5, b 5, c 4"],
    [{ size: 14, oversubscribe: true, mapBy: "node" }, "a 5, b 5, c 4"],
    [{ size: 8, oversubscribe: true, hosts: hostsOf([1, 2], 4) }, "a 2, b 6"],
  ] as const)("%j → %s", (changes, expected) => {
    expect(counts(changes)).toBe(expected);
  });

  it.each([
    [
      { size: 9, hosts: hostsOf(4, 4) },
      "-np 9 needs 9 slots; hosts offers 8: a 4 + b 4; start fewer, offer more slots, or let hosts run " +
        "more ranks than slots with --oversubscribe",
    ],
    [
      { size: 9, hosts: hostsOf([2, 4], [3, 4]), oversubscribe: true },
      "-np 9 needs 9 slots; even with --oversubscribe, hosts allows 8 (max_slots): a 4 + b 4; start",
    ],
    [
      { size: 99, hosts: hostsOf(...Array<number>(10).fill(1)), source: "--hosts" },
      "--hosts offers 10: a 1 + b 1 + c 1 + d 1 + e 1 + f 1 + g 1 + h 1 + 2 more hosts;",
    ],
    [
      { hosts: hostsOf(1000, 25) },
      "expected at most 1024 ranks, got 1025, one for every slot of hosts",
    ],
  ] as const)("refuses %j with the arithmetic", (changes, message) => {
    expect(() => placeOnHosts(request(changes))).toThrow(message);
  });

  const requests = fc
    .record({
      hosts: fc.array(
        fc.record({
          slots: fc.integer({ min: 1, max: 9 }),
          more: fc.option(fc.nat(4), { nil: undefined }),
        }),
        { minLength: 1, maxLength: 12 },
      ),
      size: fc.integer({ min: 1, max: 120 }),
      mapBy: fc.constantFrom(...mapBys),
      oversubscribe: fc.boolean(),
    })
    .map(({ hosts, ...rest }) =>
      request({
        ...rest,
        hosts: hosts.map(({ slots, more }, index) => ({
          ...{ host: `h${index}`, slots },
          maxSlots: more === undefined ? undefined : slots + more,
        })),
      }),
    );

  it("gives every rank a place within what hosts offer, or refuses, for any hosts", () => {
    fc.assert(
      fc.property(requests, (asked) => {
        const { hosts, size = 0, mapBy, oversubscribe } = asked;
        const offered = hosts.reduce((sum, { slots }) => sum + slots, 0);
        const most = hosts.reduce((sum, { maxSlots }) => sum + (maxSlots ?? 1024), 0);
        if (size > (oversubscribe ? most : offered)) {
          expect(() => placeOnHosts(asked)).toThrow(`-np ${size} needs ${size} slots`);
          return;
        }
        const places = placeOnHosts(asked);
        const ranksOf = new Map(places.map(({ host, localSize }) => [host.host, localSize]));
        expect(hostOfRanks(places)).toHaveLength(size);
        let room = false;
        for (const { host, slots, maxSlots } of hosts) {
          const count = ranksOf.get(host) ?? 0;
          expect(count).toBeLessThanOrEqual(size > offered ? (maxSlots ?? 1024) : slots);
          if (size > offered) expect(count).toBeGreaterThanOrEqual(slots);
          else if (mapBy === "slot") {
            // Once a host has room left, those after it have no rank.
            if (room) expect(count).toBe(0);
            room ||= count < slots;
          } else {
            // Who has fewer than another, by more than whose turn it was, is full.
            const highest = Math.max(...ranksOf.values());
            if (count < highest - 1) expect(count).toBe(slots);
          }
        }
      }),
    );
  });

  it("numbers ranks host by host, so that the ring leaves each host once", () => {
    fc.assert(
      fc.property(requests, (asked) => {
        const size = asked.hosts.reduce((sum, { slots }) => sum + slots, 0);
        const places = placeOnHosts({ ...asked, size: Math.min(size, asked.size ?? 1) });
        const hosts = hostOfRanks(places);
        const worlds = hosts.map((_, rank) => worldOn(hosts, rank));
        places.forEach(({ firstRank, localSize }, crossRank) => {
          const ranks = Array.from({ length: localSize }, (_, i) => firstRank + i);
          expect(ranksByHost(hosts)[crossRank]).toEqual(ranks);
          expect(ranks.map((rank) => worlds[rank]?.localRank)).toEqual(ranks.map((_, i) => i));
        });
        const leaving = worlds.filter(
          (world) => worlds[rightOf(world)]?.crossRank !== world.crossRank,
        );
        expect(leaving).toHaveLength(places.length === 1 ? 0 : places.length);
        expect(worlds.every(({ crossSize }) => crossSize === places.length)).toBe(true);
      }),
    );
  });
});
