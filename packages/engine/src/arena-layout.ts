/**
 * What lies where in the arena: what the communication threads keep for themselves, then either all
 * the rest for this rank, or what the ranks of the host share, with a part for each.
 */
import { sharedScratchBytes } from "@kolo/collectives";
import { KoloError, type RankEnvironment } from "@kolo/core";
import {
  arenaBytes,
  type HostLayout,
  layoutHost,
  maxArenaBytes,
  pageBytes,
  partOffset,
} from "@kolo/shared-memory";
import { segmentBytes } from "./planning.js";

export const defaultArenaBytes = 1024 ** 3;

/** Byte offsets: room for a received segment, for a block of shared operations, for agreements. */
export const reserved = {
  segment: 0,
  block: segmentBytes,
  exchange: segmentBytes + sharedScratchBytes,
  bytes: segmentBytes + sharedScratchBytes + pageBytes,
} as const;

export interface ArenaLayout {
  readonly memoryBytes: number;
  /** Where the ranks of the host may share memory, how. */
  readonly host: HostLayout | undefined;
}

/** Transports that ask for links, also between ranks that could share memory. */
const overLinks = ["grpc", "tcp"];

/**
 * Whether some host has several ranks that may share memory. Every rank of a job gives the same answer:
 * sharing is agreed on by all, on every host, or not tried.
 */
export function mayShare({ world, transport }: RankEnvironment): boolean {
  return world.size > world.crossSize && !overLinks.includes(transport);
}

/** For `wantedBytes` of tensors. Throws `argument_invalid`. */
export function layoutArena(
  wantedBytes: number,
  environment: RankEnvironment | undefined,
): ArenaLayout {
  const most = maxArenaBytes - reserved.bytes;
  if (!Number.isInteger(wantedBytes) || wantedBytes < 1 || wantedBytes > most) {
    throw new KoloError(
      "argument_invalid",
      `expected arenaBytes to be an integer from 1 to ${most}, got ${wantedBytes}`,
    );
  }
  const alone = { memoryBytes: reserved.bytes + wantedBytes, host: undefined };
  if (environment === undefined || !mayShare(environment)) return alone;
  const host = layoutHost(environment.world.localSize, reserved.bytes, wantedBytes);
  return { memoryBytes: Math.max(alone.memoryBytes, arenaBytes(host)), host };
}

/** The bytes that are this rank's to allocate. */
export function rangeOf(
  { memoryBytes, host }: ArenaLayout,
  sharingLocalRank: number | undefined,
): [start: number, end: number] {
  if (host === undefined || sharingLocalRank === undefined) return [reserved.bytes, memoryBytes];
  const start = partOffset(host, sharingLocalRank);
  return [start, start + host.partBytes];
}

/** Of fixed size. Memory is reserved here and used where it is touched. */
export function createArenaMemory(bytes: number): WebAssembly.Memory {
  const pages = Math.ceil(bytes / pageBytes);
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  } catch (cause) {
    throw new KoloError(
      "arena_exhausted",
      `expected ${bytes} bytes of address space for the arena, the system refused (ulimit -v?); ` +
        `give kolo.init({ arenaBytes }) less`,
      { cause },
    );
  }
}
