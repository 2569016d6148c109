/**
 * What the ranks of one host see of each other: a header in memory that all of them have mapped,
 * with a barrier, and a record in which each rank says which operation it is in and where its
 * buffer lies.
 *
 * One generation of the barrier ends when all ranks have arrived; who comes last wakes the others.
 * Waiting is a short spin, then sleep in the kernel, in slices between which `throwIfOver` is asked:
 * a rank whose peer died does not sleep for ever.
 */
import {
  type HostLayout,
  nonceWords,
  partOffset,
  recordBytes,
  recordOffset,
} from "./host-layout.js";
import { type Libc } from "./libc.js";

/** What a rank is about to do. */
export interface Announcement {
  readonly fingerprint: number;
  /** In words; what is too long is cut. */
  readonly description: string;
  /** Of the operation's buffer, from the beginning of the rank's own part. */
  readonly byteOffset: number;
}

export interface HostMemoryOptions {
  readonly memory: SharedArrayBuffer;
  readonly layout: HostLayout;
  /** The address at which the header is mapped in this process. */
  readonly address: bigint;
  readonly libc: Libc;
  /** Of this rank, among those of the host. */
  readonly rank: number;
  /** How often to look before sleeping. */
  readonly spins: number;
  /** Asked while waiting; what it throws ends the wait. */
  readonly throwIfOver: () => void;
}

const sliceMs = 50;
/** Words of the header, each on a cache line of its own as far as two ranks write them. */
const word = { generation: 0, sleepers: 1, arrived: 32 };
/** Words of a record, after the nonce; the text comes last. */
const field = { fingerprint: nonceWords, byteOffset: 5, textBytes: 6, text: 8 };
const maxTextBytes = recordBytes - field.text * 4;

export class HostMemory {
  readonly layout: HostLayout;
  readonly rank: number;
  readonly #options: HostMemoryOptions;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #encoder = new TextEncoder();
  #announced: string | undefined;

  constructor(options: HostMemoryOptions) {
    const { memory, layout, rank } = options;
    this.layout = layout;
    this.rank = rank;
    this.#options = options;
    this.#words = new Int32Array(memory, layout.headerOffset, layout.headerBytes / 4);
    this.#bytes = new Uint8Array(memory, layout.headerOffset, layout.headerBytes);
  }

  /** Where a rank's part begins in the arena. */
  partOf(rank: number): number {
    return partOffset(this.layout, rank);
  }

  /** For the others, to be read once all have passed the barrier. */
  announce({ fingerprint, description, byteOffset }: Announcement): void {
    const record = this.#record(this.rank);
    this.#words[record + field.fingerprint] = fingerprint | 0;
    this.#words[record + field.byteOffset] = byteOffset / 4;
    if (this.#announced === description) return;
    this.#announced = description;
    const text = this.#encoder.encode(description).subarray(0, maxTextBytes);
    this.#words[record + field.textBytes] = text.length;
    this.#bytes.set(text, (record + field.text) * 4);
  }

  fingerprintOf(rank: number): number {
    return (this.#words[this.#record(rank) + field.fingerprint] ?? 0) >>> 0;
  }

  byteOffsetOf(rank: number): number {
    return ((this.#words[this.#record(rank) + field.byteOffset] ?? 0) >>> 0) * 4;
  }

  descriptionOf(rank: number): string {
    const record = this.#record(rank);
    const length = Math.min(this.#words[record + field.textBytes] ?? 0, maxTextBytes);
    const start = (record + field.text) * 4;
    // A copy, since decoders refuse shared memory.
    return new TextDecoder().decode(this.#bytes.slice(start, start + length));
  }

  /** Returns when every rank has called it. */
  barrier(): void {
    const { layout, libc, address, spins, throwIfOver } = this.#options;
    const words = this.#words;
    const generation = Atomics.load(words, word.generation);
    if (Atomics.add(words, word.arrived, 1) === layout.ranks - 1) {
      Atomics.store(words, word.arrived, 0);
      Atomics.add(words, word.generation, 1);
      if (Atomics.load(words, word.sleepers) > 0) libc.futexWake(address);
      return;
    }
    for (let spin = 0; spin < spins; spin++) {
      if (Atomics.load(words, word.generation) !== generation) return;
    }
    while (Atomics.load(words, word.generation) === generation) {
      Atomics.add(words, word.sleepers, 1);
      libc.futexWait(address, generation, sliceMs);
      Atomics.sub(words, word.sleepers, 1);
      if (Atomics.load(words, word.generation) === generation) throwIfOver();
    }
  }

  #record(rank: number): number {
    return (recordOffset(this.layout, rank) - this.layout.headerOffset) / 4;
  }
}
