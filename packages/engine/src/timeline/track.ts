/**
 * A track: what one thread spent its time on, as records of a fixed size in shared memory. One thread
 * writes, without a message, an allocation or a wait; the communication thread reads what is new every
 * now and then.
 *
 * The records are a ring. A writer that is faster than its reader overwrites the oldest, and the reader
 * counts what it has missed. The record that is just being written lies where the oldest one was, so
 * the reader gives that one up too, and looks again at how far the writer is after it has copied.
 */
import { type SpanKind, spanKinds, traceField, traceFieldCount } from "@kolo/core";

const recordBytes = traceFieldCount * 8;
/** Before the records: how many have been written so far; a cache line. */
const headerBytes = 64;

/** Records a track holds, a power of two: some hundred steps, where a reader comes by ten times a second. */
export const defaultCapacity = 16_384;

const indexOfKind: Readonly<Record<string, number>> = Object.fromEntries(
  spanKinds.map((kind, index) => [kind, index]),
);

export function trackBytes(capacity: number): number {
  return headerBytes + capacity * recordBytes;
}

/** The memory of one track, in a buffer of several. */
export interface TrackMemory {
  readonly buffer: SharedArrayBuffer;
  readonly byteOffset: number;
  readonly capacity: number;
}

class TrackViews {
  readonly written: Int32Array;
  readonly records: Float64Array;
  readonly capacity: number;

  constructor({ buffer, byteOffset, capacity }: TrackMemory) {
    this.written = new Int32Array(buffer, byteOffset, 1);
    this.records = new Float64Array(buffer, byteOffset + headerBytes, capacity * traceFieldCount);
    this.capacity = capacity;
  }
}

export class TrackWriter {
  readonly #views: TrackViews;
  #count: number;

  constructor(memory: TrackMemory) {
    this.#views = new TrackViews(memory);
    this.#count = Atomics.load(this.#views.written, 0);
  }

  /** One after the other, because an object of them would be garbage. */
  write(
    kind: SpanKind,
    fromUs: number,
    toUs: number,
    operation: number,
    step: number,
    bytes: number,
    hop: number,
    peer: number,
  ): void {
    const { records, capacity, written } = this.#views;
    const at = ((this.#count >>> 0) % capacity) * traceFieldCount;
    records[at] = indexOfKind[kind] ?? 0;
    records[at + traceField.fromUs] = fromUs;
    records[at + traceField.toUs] = toUs;
    records[at + traceField.operation] = operation;
    records[at + traceField.step] = step;
    records[at + traceField.bytes] = bytes;
    records[at + traceField.hop] = hop;
    records[at + traceField.peer] = peer;
    this.#count = (this.#count + 1) | 0;
    Atomics.store(written, 0, this.#count);
  }
}

export class TrackReader {
  readonly #views: TrackViews;
  #taken = 0;
  #dropped = 0;

  /** What was written before the reader came counts, as long as it is there. */
  constructor(memory: TrackMemory) {
    this.#views = new TrackViews(memory);
  }

  /** Records that were overwritten before they could be read, so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Copies the records since the last time, oldest first, to `into` from `at` on, where there must be
   * room for the whole track. Returns how many they are.
   */
  read(into: Float64Array, at: number): number {
    const { written, records, capacity } = this.#views;
    const first = this.#taken;
    const end = Atomics.load(written, 0);
    if (first === end) return 0;
    const from = clampTo(first, end, capacity);
    const count = (end - from) | 0;
    const start = ((from >>> 0) % capacity) * traceFieldCount;
    // The ring begins again at its end.
    for (let i = 0; i < count * traceFieldCount; i++) {
      into[at + i] = records[(start + i) % records.length] ?? 0;
    }
    // What was overwritten meanwhile is torn; so may be what the writer is about to overwrite.
    const safe = clampTo(from, Atomics.load(written, 0), capacity - 1);
    this.#taken = end;
    this.#dropped += Math.min((safe - first) | 0, (end - first) | 0);
    const torn = Math.min((safe - from) | 0, count);
    if (torn > 0) {
      into.copyWithin(at, at + torn * traceFieldCount, at + count * traceFieldCount);
    }
    return count - torn;
  }
}

/** `from`, or the first of the `most` records before `end`. Counts wrap around at 32 bits. */
function clampTo(from: number, end: number, most: number): number {
  return ((end - from) | 0) > most ? (end - most) | 0 : from;
}
