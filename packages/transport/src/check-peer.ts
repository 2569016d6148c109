import { KoloError } from "@kolo/core";

/** Throws `internal` where there can be no link to `peer`: a plan asked for it, no user. */
export function checkPeer(peer: number, rank: number, size: number): void {
  if (Number.isInteger(peer) && peer >= 0 && peer < size && peer !== rank) return;
  throw new KoloError(
    "internal",
    `expected a peer of rank ${rank} from 0 to ${size - 1}, other than itself, got ${peer}`,
    { rank, peer },
  );
}
