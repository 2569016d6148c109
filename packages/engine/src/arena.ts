/**
 * The arena: one fixed-size shared WebAssembly.Memory per rank, seen by the main thread, which packs
 * gradients into it, and by the communication thread, which reduces in place. It never grows: pages
 * of it will be mapped over memory that other ranks see too. Untouched pages cost nothing.
 *
 * The main thread owns it, and nobody else allocates: first fit over a list of free ranges.
 */
import { KoloError } from "@kolo/core";

const pageBytes = 64 * 1024;
const maxBytes = 4 * 1024 ** 3;
/** A cache line: neighbouring regions are written by different threads. */
const alignment = 64;

export const defaultArenaBytes = 1024 ** 3;

interface FreeRange {
  start: number;
  end: number;
}

export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly #free: FreeRange[];

  /** The first `reservedBytes` belong to the communication thread. */
  constructor(bytes: number, reservedBytes: number) {
    if (!Number.isInteger(bytes) || bytes <= reservedBytes || bytes > maxBytes) {
      throw new KoloError(
        "argument_invalid",
        `expected arenaBytes to be an integer above ${reservedBytes} and at most ${maxBytes}, got ${bytes}`,
      );
    }
    const pages = Math.ceil(bytes / pageBytes);
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    this.#free = [{ start: aligned(reservedBytes), end: pages * pageBytes }];
  }

  get buffer(): SharedArrayBuffer {
    return this.memory.buffer;
  }

  /** Byte offset of a range nobody else has. Throws `arena_exhausted`. */
  allocate(bytes: number): number {
    const wanted = aligned(Math.max(bytes, 1));
    const index = this.#free.findIndex(({ start, end }) => end - start >= wanted);
    const range = this.#free[index];
    if (range === undefined) {
      const freeBytes = this.#free.reduce((sum, { start, end }) => sum + end - start, 0);
      throw new KoloError(
        "arena_exhausted",
        `expected ${bytes} contiguous bytes free in the arena of ${this.buffer.byteLength}, ` +
          `${freeBytes} are free in all; give kolo.init({ arenaBytes }) more, or use smaller tensors`,
      );
    }
    const offset = range.start;
    range.start += wanted;
    if (range.start === range.end) this.#free.splice(index, 1);
    return offset;
  }

  /** Gives back what `allocate(bytes)` returned. */
  free(offset: number, bytes: number): void {
    const end = offset + aligned(Math.max(bytes, 1));
    let index = this.#free.findIndex((range) => range.start > offset);
    if (index === -1) index = this.#free.length;
    this.#free.splice(index, 0, { start: offset, end });
    this.#merge(index);
    this.#merge(index - 1);
  }

  /** Joins the range at `index` with its right neighbour where they touch. */
  #merge(index: number): void {
    const left = this.#free[index];
    const right = this.#free[index + 1];
    if (left === undefined || right === undefined || left.end !== right.start) return;
    left.end = right.end;
    this.#free.splice(index + 1, 1);
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
