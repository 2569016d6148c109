/**
 * The file that the ranks of a host map. It has no name anywhere: its maker publishes where it is
 * found in /proc, which only processes of the same user can open, and when the last of them ends,
 * however it ends, the kernel takes it back. It is not under the limit that containers set for
 * /dev/shm either, and its pages cost memory only once they are touched.
 */
import { constants, openSync } from "node:fs";
import { fileBytes, type HostLayout } from "./host-layout.js";
import { type Libc } from "./libc.js";

export interface FilePlace {
  readonly pid: number;
  readonly fd: number;
}

export function createSharedFile(libc: Libc, layout: HostLayout): FilePlace {
  return { pid: process.pid, fd: libc.createMemoryFile("kolo", fileBytes(layout)) };
}

/** Opens what another process made. Throws where that is not to be found, or no such file. */
export function openSharedFile({ pid, fd }: FilePlace): number {
  return openSync(`/proc/${pid}/fd/${fd}`, constants.O_RDWR);
}

/** Maps it over the arena; returns the address of the header in this process. */
export function mapSharedFile(
  libc: Libc,
  memory: SharedArrayBuffer,
  layout: HostLayout,
  fd: number,
): bigint {
  return libc.mapFile(new Uint8Array(memory, layout.headerOffset, 1), fileBytes(layout), fd);
}

/** Makes the arena the process' own again. */
export function unmapSharedFile(libc: Libc, memory: SharedArrayBuffer, layout: HostLayout): void {
  libc.unmapFile(new Uint8Array(memory, layout.headerOffset, 1), fileBytes(layout));
}
