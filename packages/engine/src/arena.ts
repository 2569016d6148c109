/**
 * The arena: one fixed-size shared WebAssembly.Memory per rank, seen by the main thread, which packs
 * gradients into it, and by the communication threads, which reduce in place. It never grows: where
 * the ranks of a host share memory, pages of it are mapped over what the others see too. Untouched
 * pages cost nothing.
 *
 * The main thread owns its range of it, and nobody else allocates there: first fit over a list of
 * free ranges.
 */
import { KoloError } from "@kolo/core";

/** A cache line: neighbouring regions are written by different threads. */
const alignment = 64;

interface FreeRange {
  start: number;
  end: number;
}

export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly #free: FreeRange[];
  readonly #bytes: number;

  /** Hands out the bytes from `start` to `end` of the memory. */
  constructor(memory: WebAssembly.Memory, start: number, end: number) {
    this.memory = memory;
    this.#free = [{ start: aligned(start), end }];
    this.#bytes = end - start;
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
        `expected ${bytes} contiguous bytes free in the arena of ${this.#bytes}, ` +
          `${freeBytes} are free in all; give kolo.init({ arenaBytes }) more, or use smaller tensors ` +
          `(ranks that share memory share 4 GiB: --transport grpc gives each its own)`,
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
