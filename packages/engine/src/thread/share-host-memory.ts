/**
 * How the ranks of a host come to share memory, agreed on over the links they have anyway: the first
 * rank makes a file, everyone maps it over the arena and writes a random number into it, and everyone
 * must find there what the others wrote. That they share is proven by this, never taken from a host
 * name; and either the ranks of every host share, or none, so that all have the same plans.
 */
import {
  createSharedFile,
  type HostLayout,
  type Libc,
  loadLibc,
  makeNonce,
  mapSharedFile,
  openSharedFile,
  seesNonce,
  unmapSharedFile,
  writeNonce,
} from "@kolo/shared-memory";

export interface Sharer {
  readonly memory: SharedArrayBuffer;
  readonly layout: HostLayout;
  readonly rank: number;
  /** The ranks of this host, in the order of their parts of the memory. */
  readonly members: readonly number[];
  /** Every rank's words, in the order of ranks, on every rank; missing ones are 0. */
  readonly exchange: (words: readonly number[]) => Promise<readonly (readonly number[])[]>;
}

export type Sharing =
  | { readonly works: true; readonly address: bigint }
  /** The first rank on which it failed, and the reason, where that is this one. */
  | { readonly works: false; readonly failedRank: number; readonly reason: string | undefined };

/** How many words are exchanged at most. */
export const exchangedWords = 8;

export async function shareHostMemory(sharer: Sharer): Promise<Sharing> {
  const { memory, layout, rank, members } = sharer;
  const [maker = rank] = members;
  const part = members.indexOf(rank);
  const nonce = makeNonce();
  let libc: Libc | undefined;
  let address: bigint | undefined;
  const map = (loaded: Libc, fd: number): void => {
    address = mapSharedFile(loaded, memory, layout, fd);
    writeNonce(memory, layout, part, nonce);
  };

  const made = await agree(sharer, () => {
    libc = loadLibc();
    const { pid, fd } = rank === maker ? createSharedFile(libc, layout) : { pid: 0, fd: 0 };
    if (rank === maker) map(libc, fd);
    return [layout.partBytes / 4, pid, fd, ...nonce];
  });
  let agreement: Agreement = made;
  if (made.failure === undefined) {
    agreement = await agree(sharer, () => {
      const [words, pid = 0, fd = 0] = made.answers[maker] ?? [];
      if (words !== layout.partBytes / 4) throw new Error("the ranks' arenas differ in size");
      if (rank !== maker && libc !== undefined) map(libc, openSharedFile({ pid, fd }));
      return [];
    });
  }
  if (agreement.failure === undefined) {
    agreement = await agree(sharer, () => {
      const hidden = members.find((peer, theirPart) => {
        const [, , , ...theirs] = made.answers[peer] ?? [];
        return !seesNonce(memory, layout, theirPart, theirs);
      });
      if (hidden !== undefined)
        throw new Error(`rank ${rank} does not see what rank ${hidden} wrote`);
      return [];
    });
  }
  const { failure } = agreement;
  if (failure === undefined && address !== undefined) return { works: true, address };
  if (libc !== undefined && address !== undefined) unmapSharedFile(libc, memory, layout);
  return { works: false, failedRank: failure?.rank ?? 0, reason: failure?.reason };
}

interface Agreement {
  /** What the step returned, on each rank. */
  readonly answers: readonly (readonly number[])[];
  readonly failure?: { readonly rank: number; readonly reason: string | undefined };
}

/** Takes a step on every rank, and learns whether it succeeded on all. */
async function agree(sharer: Sharer, step: () => readonly number[]): Promise<Agreement> {
  let words: readonly number[] = [];
  let reason: string | undefined;
  try {
    words = [1, ...step()];
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  const all = await sharer.exchange(words);
  const answers = all.map(([, ...answer]) => answer);
  const rank = all.findIndex(([succeeded]) => succeeded !== 1);
  if (rank === -1) return { answers };
  return { answers, failure: { rank, reason: rank === sharer.rank ? reason : undefined } };
}
