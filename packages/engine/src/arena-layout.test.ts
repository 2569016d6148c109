import { describe, expect, it } from "@jest/globals";
import { type RankEnvironment, worldOn } from "@kolo/core";
import { defaultArenaBytes, layoutArena, mayShare, rangeOf, reserved } from "./arena-layout.js";

function environment(size: number, rest: Partial<RankEnvironment> = {}): RankEnvironment {
  const place = { rank: 0, localRank: 0, crossRank: 0, size, localSize: size, crossSize: 1 };
  const pipes = { controlFd: 3, reportFd: 4, coordinator: "127.0.0.1:1" };
  const chosen = { backend: "auto", transport: "auto", logLevel: "warn" } as const;
  return { world: place, hosts: Array<number>(size).fill(0), ...pipes, ...chosen, ...rest };
}

describe("layoutArena", () => {
  it("gives every rank of a host a part of its own, and none overlaps", () => {
    for (const size of [2, 3, 4, 64]) {
      const layout = layoutArena(defaultArenaBytes, environment(size));
      let end: number = reserved.bytes;
      for (let rank = 0; rank < size; rank++) {
        const [start, next] = rangeOf(layout, rank);
        expect(start).toBeGreaterThanOrEqual(end);
        end = next;
      }
      expect(end).toBeLessThanOrEqual(layout.memoryBytes);
      expect(layout.memoryBytes).toBeLessThan(2 ** 32);
    }
  });

  it("gives what is wanted where it fits, and an equal share where not", () => {
    const partOf = (size: number): number => {
      const [start, end] = rangeOf(layoutArena(defaultArenaBytes, environment(size)), 0);
      return end - start;
    };
    expect(partOf(2)).toBe(2 ** 30);
    expect(partOf(8)).toBeGreaterThan(2 ** 29 * 0.99);
  });

  it("has room for what is wanted where ranks turn out not to share", () => {
    const layout = layoutArena(defaultArenaBytes, environment(64));
    const [start, end] = rangeOf(layout, undefined);
    expect(end - start).toBeGreaterThanOrEqual(defaultArenaBytes);
  });

  it.each([0, 1.5, 2 ** 33, NaN])("refuses a size of %d", (bytes) => {
    expect(() => layoutArena(bytes, undefined)).toThrow(/\[argument_invalid\] expected arenaBytes/);
  });
});

describe("mayShare", () => {
  it("is for ranks of one host that may talk by shared memory", () => {
    expect(mayShare(environment(2))).toBe(true);
    expect(mayShare(environment(2, { transport: "shm" }))).toBe(true);
    expect(mayShare(environment(2, { transport: "grpc" }))).toBe(false);
    expect(mayShare(environment(2, { transport: "tcp" }))).toBe(false);
    expect(mayShare(environment(1))).toBe(false);
  });

  it("says the same on every rank of several hosts: yes, where one has several ranks", () => {
    const answers = (hosts: number[]): boolean[] =>
      hosts.map((_, rank) => mayShare(environment(4, { world: worldOn(hosts, rank), hosts })));
    expect(answers([0, 0, 1, 1])).toEqual([true, true, true, true]);
    expect(answers([0, 0, 0, 1])).toEqual([true, true, true, true]);
    expect(answers([0, 1, 2, 3])).toEqual([false, false, false, false]);
  });

  it("knows a transport that shares and has sockets between hosts", () => {
    expect(mayShare(environment(2, { transport: "shm+tcp" }))).toBe(true);
  });
});
