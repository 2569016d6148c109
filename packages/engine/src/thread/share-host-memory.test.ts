import { describe, expect, it } from "@jest/globals";
import { ranksByHost } from "@kolo/core";
import {
  arenaBytes,
  createSharedFile,
  type HostLayout,
  layoutHost,
  loadLibc,
  pageBytes,
  partOffset,
} from "@kolo/shared-memory";
import { type Sharer, type Sharing, shareHostMemory } from "./share-host-memory.js";

type Words = readonly number[];

/** An all-gather among the ranks of one process; `tamper` changes what rank 1 hears. */
function createExchange(size: number, tamper = (heard: Words[]): Words[] => heard) {
  let round: { given: (Words | undefined)[]; done: (all: Words[]) => void; all: Promise<Words[]> };
  const begin = (): void => {
    let done: (all: Words[]) => void = () => undefined;
    const all = new Promise<Words[]>((resolve) => (done = resolve));
    round = { given: Array<undefined>(size).fill(undefined), done, all };
  };
  begin();
  return (rank: number) =>
    async (words: Words): Promise<Words[]> => {
      const { given, done, all } = round;
      given[rank] = [...words, ...Array<number>(8 - words.length).fill(0)];
      if (!given.includes(undefined)) {
        done(given as Words[]);
        begin();
      }
      return rank === 1 ? tamper(await all) : all;
    };
}

/** All on one host, unless `hosts` says for each rank which. */
function createSharers(
  layouts: HostLayout[],
  tamper?: (heard: Words[]) => Words[],
  hosts = layouts.map(() => 0),
): Sharer[] {
  const exchange = createExchange(layouts.length, tamper);
  const hostMembers = ranksByHost(hosts);
  return layouts.map((layout, rank) => {
    const pages = arenaBytes(layout) / pageBytes;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const members = hostMembers[hosts[rank] ?? 0] ?? [];
    return { memory: memory.buffer, layout, rank, members, exchange: exchange(rank) };
  });
}

const layout = layoutHost(3, pageBytes, pageBytes);
const share = (sharers: Sharer[]): Promise<Sharing[]> => Promise.all(sharers.map(shareHostMemory));

/** Whether what the first writes into its part is seen by the others. */
function isShared(sharers: Sharer[]): boolean {
  const cells = sharers.map(({ memory }) => new Uint8Array(memory, partOffset(layout, 0), 1));
  cells[0]?.fill(42);
  return cells.every(([cell]) => cell === 42);
}

describe("shareHostMemory", () => {
  it("gives all ranks the same memory", async () => {
    const sharers = createSharers([layout, layout, layout]);
    expect((await share(sharers)).map(({ works }) => works)).toEqual([true, true, true]);
    expect(isShared(sharers)).toBe(true);
  });

  it("shares nothing where a rank maps another file than the one it is told of", async () => {
    const elsewhere = createSharedFile(loadLibc(), layout);
    const sharers = createSharers([layout, layout, layout], ([first = [], ...others]) => {
      const [one = 0, words = 0, pid, fd, ...nonce] = first;
      const isPlace = pid === process.pid && fd !== 0;
      return [isPlace ? [one, words, elsewhere.pid, elsewhere.fd, ...nonce] : first, ...others];
    });
    const results = await share(sharers);
    expect(results).toEqual([
      { works: false, failedRank: 0, reason: "rank 0 does not see what rank 1 wrote" },
      { works: false, failedRank: 0, reason: undefined },
      { works: false, failedRank: 0, reason: undefined },
    ]);
    expect(isShared(sharers)).toBe(false);
  });

  it("shares nothing where a rank cannot open the file", async () => {
    const sharers = createSharers([layout, layout, layout], ([first = [], ...others]) => {
      const [one = 0, words = 0, pid, , ...nonce] = first;
      return [pid === process.pid ? [one, words, pid, 9999, ...nonce] : first, ...others];
    });
    const results = await share(sharers);
    expect(results[1]).toMatchObject({ works: false, failedRank: 1 });
    expect(results[1]).toHaveProperty("reason", expect.stringContaining("ENOENT"));
    expect(results[0]).toEqual({ works: false, failedRank: 1, reason: undefined });
    expect(isShared(sharers)).toBe(false);
  });

  it("shares nothing where arenas differ in size", async () => {
    const sharers = createSharers([layout, layout, layoutHost(3, pageBytes, 2 * pageBytes)]);
    expect(await share(sharers)).toEqual([
      { works: false, failedRank: 2, reason: undefined },
      { works: false, failedRank: 2, reason: undefined },
      { works: false, failedRank: 2, reason: "the ranks' arenas differ in size" },
    ]);
    expect(isShared(sharers)).toBe(false);
  });

  describe("on several hosts", () => {
    const pair = layoutHost(2, pageBytes, pageBytes);
    const alone = layoutHost(1, pageBytes, pageBytes);
    const layouts = [pair, alone, pair];
    const hosts = [0, 1, 0];
    /** Whether the ranks of host 0 see what one of them writes, and whether the other host does. */
    const seen = (sharers: Sharer[]): boolean[] => {
      const cells = sharers.map(
        ({ memory }) => new Uint8Array(memory, partOffset(pair, 0), pageBytes),
      );
      cells[0]?.fill(42);
      return cells.map(([cell]) => cell === 42);
    };

    it("gives the ranks of each a memory of their own", async () => {
      const sharers = createSharers(layouts, undefined, hosts);
      expect((await share(sharers)).map(({ works }) => works)).toEqual([true, true, true]);
      expect(seen(sharers)).toEqual([true, false, true]);
    });

    it("shares on none where the ranks of one cannot", async () => {
      // Rank 1, which is alone on its host, hears of another nonce than its own.
      const tamper = ([first = [], own = [], ...others]: Words[]): Words[] => [
        first,
        own[1] === 0 ? own : own.map((word, at) => (at === 5 ? word ^ 1 : word)),
        ...others,
      ];
      const sharers = createSharers(layouts, tamper, hosts);
      expect(await share(sharers)).toEqual([
        { works: false, failedRank: 1, reason: undefined },
        { works: false, failedRank: 1, reason: "rank 1 does not see what rank 1 wrote" },
        { works: false, failedRank: 1, reason: undefined },
      ]);
      expect(seen(sharers)).toEqual([true, false, false]);
    });
  });
});
