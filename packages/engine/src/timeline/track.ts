/**
 * A track: what one thread spent its time on, as records of a fixed size in shared memory. One thread
 * writes, without a message, an allocation or a wait; the communication thread reads what is new every
 * now and then.
 *
 * The records are a ring. A writer that is faster than its reader overwrites the oldest, and the reader
 * counts what it has missed. The record that is just being written lies where the oldest one was, so
 * the reader gives that one up too, and looks again at how far the writer is after it has copied.
 */
import { type ExecutionPhase } from "@kolo/collectives";
import { type MainSpan } from "../engine.js";

/** What is done in a span; these are the names of the trace. */
export const spanKinds = [
  // Of the main thread.
  "step",
  "compute",
  "plan",
  "pack",
  "wait",
  "unpack",
  "apply",
  // Of the threads that run operations.
  "run",
  "queue",
  "prepare",
  "hop",
  "flush",
  "wait for others",
  "reduce",
  "across hosts",
  "copy",
  "wait for end",
  "encode",
  "decode",
] as const satisfies readonly (ExecutionPhase | MainSpan | RunnerSpan)[];

type RunnerSpan = "run" | "queue";
export type SpanKind = (typeof spanKinds)[number];

/** No operation, hop or peer; for bytes, those of the operation. */
export const none = -1;

/** The fields of a record. Times are microseconds of the host's monotonic clock. */
export interface TrackRecord {
  kind: SpanKind;
  fromUs: number;
  toUs: number;
  /** Id of a prepared operation, or `none`. */
  operation: number;
  step: number;
  bytes: number;
  hop: number;
  peer: number;
}

/** Places in a record. */
const field = { kind: 0, fromUs: 1, toUs: 2, operation: 3, step: 4, bytes: 5, hop: 6, peer: 7 };
const fieldCount = 8;
const recordBytes = fieldCount * 8;
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
    this.records = new Float64Array(buffer, byteOffset + headerBytes, capacity * fieldCount);
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
    const at = ((this.#count >>> 0) % capacity) * fieldCount;
    records[at] = indexOfKind[kind] ?? 0;
    records[at + field.fromUs] = fromUs;
    records[at + field.toUs] = toUs;
    records[at + field.operation] = operation;
    records[at + field.step] = step;
    records[at + field.bytes] = bytes;
    records[at + field.hop] = hop;
    records[at + field.peer] = peer;
    this.#count = (this.#count + 1) | 0;
    Atomics.store(written, 0, this.#count);
  }
}

export class TrackReader {
  readonly #views: TrackViews;
  readonly #copy: Float64Array;
  readonly #record: TrackRecord = {
    ...{ kind: "step", fromUs: 0, toUs: 0, operation: none },
    ...{ step: 0, bytes: 0, hop: none, peer: none },
  };
  #taken: number;

  /** What was written before the reader came counts, as long as it is there. */
  constructor(memory: TrackMemory) {
    this.#views = new TrackViews(memory);
    this.#copy = new Float64Array(this.#views.records.length);
    this.#taken = 0;
  }

  /**
   * Calls `each` with every record since the last time, oldest first; the record is valid during the
   * call alone. Returns how many were overwritten before they could be read.
   */
  read(each: (record: Readonly<TrackRecord>) => void): number {
    const { written, records, capacity } = this.#views;
    const first = this.#taken;
    const end = Atomics.load(written, 0);
    if (first === end) return 0;
    const from = clampTo(first, end, capacity);
    // In one piece or two, since the ring begins again at its end.
    const fromSlot = (from >>> 0) % capacity;
    const count = (end - from) | 0;
    const straight = Math.min(count, capacity - fromSlot);
    this.#copy.set(records.subarray(fromSlot * fieldCount, (fromSlot + straight) * fieldCount));
    this.#copy.set(records.subarray(0, (count - straight) * fieldCount), straight * fieldCount);
    // What was overwritten meanwhile is torn; so may be what the writer is about to overwrite.
    const safe = clampTo(from, Atomics.load(written, 0), capacity - 1);
    for (let i = (safe - from) | 0; i < count; i++) each(this.#recordAt(i * fieldCount));
    this.#taken = end;
    return Math.min((safe - first) | 0, (end - first) | 0);
  }

  #recordAt(at: number): Readonly<TrackRecord> {
    const record = this.#record;
    const values = this.#copy;
    record.kind = spanKinds[values[at] ?? 0] ?? "step";
    record.fromUs = values[at + field.fromUs] ?? 0;
    record.toUs = values[at + field.toUs] ?? 0;
    record.operation = values[at + field.operation] ?? none;
    record.step = values[at + field.step] ?? 0;
    record.bytes = values[at + field.bytes] ?? 0;
    record.hop = values[at + field.hop] ?? none;
    record.peer = values[at + field.peer] ?? none;
    return record;
  }
}

/** `from`, or the first of the `most` records before `end`. Counts wrap around at 32 bits. */
function clampTo(from: number, end: number, most: number): number {
  return ((end - from) | 0) > most ? (end - most) | 0 : from;
}
