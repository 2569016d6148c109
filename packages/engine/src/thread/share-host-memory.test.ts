import { describe, expect, it } from "@jest/globals";
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

function createSharers(layouts: HostLayout[], tamper?: (heard: Words[]) => Words[]): Sharer[] {
  const exchange = createExchange(layouts.length, tamper);
  const members = layouts.map((_, rank) => rank);
  return layouts.map((layout, rank) => {
    const pages = arenaBytes(layout) / pageBytes;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
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
});
