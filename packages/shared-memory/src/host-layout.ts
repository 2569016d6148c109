/**
 * How the file that the ranks of a host share is laid out, and where it lies in each rank's arena:
 *
 *   arena   private ... | header | part of rank 0 | part of rank 1 | ...
 *
 * The ranks here are those of the host, counted from 0 (localRank). The layout is the same for all.
 */
export interface HostLayout {
  /** How many ranks share it. */
  readonly ranks: number;
  /** Where the header begins in the arena: on a page of WebAssembly's. */
  readonly headerOffset: number;
  readonly headerBytes: number;
  /** Of each rank's part. */
  readonly partBytes: number;
}

/** A page of WebAssembly.Memory; a multiple of every processor's own. */
export const pageBytes = 64 * 1024;
/** What 32 bits can address, less a page: older runtimes have no array of 4 GiB. */
export const maxArenaBytes = 4 * 1024 ** 3 - pageBytes;

/** Two cache lines for the barrier's words, then a record for each rank. */
const commonBytes = 256;
export const recordBytes = 512;
/** A record begins with the number by which the ranks prove that they share it. */
export const nonceWords = 4;

/** Each part has `wantedBytes`, or less where all parts would not fit into an arena. */
export function layoutHost(ranks: number, privateBytes: number, wantedBytes: number): HostLayout {
  const headerOffset = roundUp(privateBytes);
  const headerBytes = roundUp(commonBytes + ranks * recordBytes);
  const room = Math.floor((maxArenaBytes - headerOffset - headerBytes) / ranks);
  const partBytes = Math.min(roundUp(wantedBytes), roundUp(room - pageBytes + 1));
  return { ranks, headerOffset, headerBytes, partBytes };
}

/** Of the file, and of what is mapped. */
export function fileBytes({ ranks, headerBytes, partBytes }: HostLayout): number {
  return headerBytes + ranks * partBytes;
}

/** Bytes of an arena that holds it. */
export function arenaBytes(layout: HostLayout): number {
  return layout.headerOffset + fileBytes(layout);
}

/** Where the part of a rank begins in everyone's arena. */
export function partOffset(layout: HostLayout, rank: number): number {
  return layout.headerOffset + layout.headerBytes + rank * layout.partBytes;
}

/** Where the record of a rank begins in everyone's arena. */
export function recordOffset({ headerOffset }: HostLayout, rank: number): number {
  return headerOffset + commonBytes + rank * recordBytes;
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / pageBytes) * pageBytes;
}
