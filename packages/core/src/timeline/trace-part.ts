/**
 * A rank's part of a timeline, as the rank writes it: a line of text that says what the file is, then
 * frames. What came before is never changed, so that a rank that is killed leaves whole frames and at
 * most one torn one.
 *
 *   head    kolo timeline part 1 LE {"rank":0,"host":"a","zeroUs":12}\n
 *   frame   kind (uint32), bytes (uint32), so many bytes
 *
 * Kind 0 says in JSON what an operation is called; it may come after records of that operation. Kind n
 * has records of the n-th thread, as they lie in memory (trace-record.ts). All numbers have the byte
 * order of the machine that wrote them, which the head tells.
 */
import { endianness } from "node:os";
import { KoloError } from "../errors.js";
import {
  type OperationLabel,
  traceFieldCount,
  type TraceThread,
  traceThreads,
} from "./trace-record.js";

export interface TracePartHead {
  readonly rank: number;
  readonly host: string;
  /** What the trace counts from, in microseconds of the monotonic clock where it is made. */
  readonly zeroUs: number;
}

export interface NamedOperation {
  readonly id: number;
  readonly label: OperationLabel;
}

export interface TracePart extends TracePartHead {
  /** By id. */
  readonly operations: ReadonlyMap<number, OperationLabel>;
  /** One after the other, of all threads. */
  readonly records: Float64Array;
  /** Of each record, an index of `traceThreads`. */
  readonly threads: Uint8Array;
}

const nameKind = 0;
const frameHeadBytes = 8;
const recordBytes = traceFieldCount * 8;
const newline = 0x0a;
const headPattern = /^kolo timeline part 1 (LE|BE) (\{.*\})$/;

export function encodePartHead({ rank, host, zeroUs }: TracePartHead): Buffer {
  const head = JSON.stringify({ rank, host, zeroUs });
  return Buffer.from(`kolo timeline part 1 ${endianness()} ${head}\n`);
}

export function encodeName(operation: NamedOperation): Buffer {
  return frameOf(nameKind, Buffer.from(JSON.stringify(operation)));
}

/** Whole records of one thread. */
export function encodeRecords(thread: TraceThread, records: Float64Array): Buffer {
  return frameOf(1 + traceThreads.indexOf(thread), records);
}

/** The head of such a frame, two words from `at` on, for whoever has the records behind it already. */
export function putRecordsHead(
  words: Uint32Array,
  at: number,
  thread: TraceThread,
  records: number,
): void {
  words[at] = 1 + traceThreads.indexOf(thread);
  words[at + 1] = records * recordBytes;
}

/**
 * Everything that is whole. Undefined where the rank was killed before its head was. Throws
 * `config_invalid` where this is something else.
 */
export function decodePart(bytes: Buffer): TracePart | undefined {
  const headEnd = bytes.indexOf(newline);
  if (headEnd === -1) return undefined;
  const [, byteOrder, head] = headPattern.exec(bytes.toString("utf8", 0, headEnd)) ?? [];
  if (head === undefined) {
    throw new KoloError(
      "config_invalid",
      "expected a rank's part of a timeline, as this version of kolo writes it, got something else",
    );
  }
  const frames = [...framesOf(bytes.subarray(headEnd + 1), byteOrder)];
  const names = frames.filter(({ kind, isWhole }) => kind === nameKind && isWhole);
  const operations = names.map(({ payload }) => JSON.parse(payload.toString()) as NamedOperation);
  return {
    ...(JSON.parse(head) as TracePartHead),
    operations: new Map(operations.map(({ id, label }) => [id, label])),
    ...recordsOf(frames, byteOrder),
  };
}

interface Frame {
  readonly kind: number;
  readonly payload: Buffer;
  /** The last one may be torn. */
  readonly isWhole: boolean;
}

function frameOf(kind: number, payload: Uint8Array | Float64Array): Buffer {
  const { buffer, byteOffset, byteLength } = payload;
  const head = new Uint32Array([kind, byteLength]);
  return Buffer.concat([Buffer.from(head.buffer), Buffer.from(buffer, byteOffset, byteLength)]);
}

function* framesOf(bytes: Buffer, byteOrder: string | undefined): Generator<Frame> {
  const uint32 = (at: number): number =>
    byteOrder === "LE" ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  let at = 0;
  while (at + frameHeadBytes <= bytes.length) {
    const kind = uint32(at);
    const byteLength = uint32(at + 4);
    at += frameHeadBytes;
    const payload = bytes.subarray(at, at + byteLength);
    at += byteLength;
    yield { kind, payload, isWhole: payload.length === byteLength };
  }
}

function recordsOf(
  frames: readonly Frame[],
  byteOrder: string | undefined,
): Pick<TracePart, "records" | "threads"> {
  const count = ({ payload }: Frame): number => Math.floor(payload.length / recordBytes);
  const own = frames.filter(({ kind }) => traceThreads[kind - 1] !== undefined);
  const total = own.reduce((sum, frame) => sum + count(frame), 0);
  const bytes = Buffer.alloc(total * recordBytes);
  const threads = new Uint8Array(total);
  let taken = 0;
  for (const frame of own) {
    const records = count(frame);
    frame.payload.copy(bytes, taken * recordBytes, 0, records * recordBytes);
    threads.fill(frame.kind - 1, taken, taken + records);
    taken += records;
  }
  if (byteOrder !== endianness()) bytes.swap64();
  return {
    records: new Float64Array(bytes.buffer, bytes.byteOffset, total * traceFieldCount),
    threads,
  };
}
