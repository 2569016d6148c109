/**
 * Brings what the tracks hold to the rank's part of the trace, in the communication thread: ten times
 * a second, and at the end. It writes the records as they are, because this thread takes its time
 * from those that train. A file that cannot be written ends the timeline and not the training.
 */
import {
  absent,
  encodeName,
  encodePartHead,
  type Logger,
  putRecordsHead,
  spanKinds,
  traceField,
  traceFieldCount,
  type TraceThread,
  traceThreads,
} from "@kolo/core";
import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { monotonicMs } from "../control-block.js";
import { type OperationLabels } from "./operation-labels.js";
import { type TimelineMemory, trackOf } from "./timeline-memory.js";
import { TrackReader } from "./track.js";

/** What a timeline is begun with. */
export interface TimelineStart {
  readonly memory: TimelineMemory;
  /** Of the whole trace, an absolute path. */
  readonly file: string;
  /** Where this rank writes. */
  readonly part: string;
}

export interface TimelineWriterOptions extends TimelineStart {
  readonly rank: number;
  readonly zeroUs: number;
  readonly labels: OperationLabels;
  readonly logger: Logger;
}

export class TimelineWriter {
  readonly #options: TimelineWriterOptions;
  readonly #tracks: readonly { readonly thread: TraceThread; readonly reader: TrackReader }[];
  /** Frames of records are put together in here; most of its pages are never touched. */
  readonly #numbers: Float64Array;
  readonly #words: Uint32Array;
  readonly #frames: Uint8Array;
  #fd: number | undefined;
  /** Of the file, up to the last whole frame. */
  #bytes = 0;

  constructor(options: TimelineWriterOptions) {
    const { memory, rank, zeroUs, part, labels } = options;
    this.#options = options;
    this.#tracks = traceThreads.map((thread) => ({
      thread,
      reader: new TrackReader(trackOf(memory, thread)),
    }));
    // Of each thread a head, and a record more than its track has, to say what is lacking.
    const room = 1 + (memory.capacity + 1) * traceFieldCount;
    this.#numbers = new Float64Array(traceThreads.length * room);
    this.#words = new Uint32Array(this.#numbers.buffer);
    this.#frames = new Uint8Array(this.#numbers.buffer);
    labels.begin();
    this.#attempt(() => {
      this.#fd = openSync(part, "a");
      this.#bytes = fstatSync(this.#fd).size;
      // A timeline that goes on in the same file has its head already.
      if (this.#bytes === 0) this.#append(encodePartHead({ rank, host: hostname(), zeroUs }));
    });
  }

  drain(): void {
    if (this.#fd === undefined) return;
    const bytes = this.#takeRecords();
    const names = this.#options.labels.take();
    this.#attempt(() => {
      if (bytes > 0) this.#append(this.#frames, bytes);
      for (const name of names) this.#append(encodeName(name));
    });
  }

  close(): void {
    this.drain();
    this.#end();
    const dropped = this.#tracks.reduce((sum, { reader }) => sum + reader.dropped, 0);
    if (dropped === 0) return;
    const { rank, logger, file } = this.#options;
    logger.warn(
      `the timeline of rank ${rank} lacks ${dropped} events, the oldest of those that came ` +
        `faster than they could be written to ${file}; the trace says "dropped" where`,
    );
  }

  /** Returns how many bytes of frames there are then. */
  #takeRecords(): number {
    let end = 0;
    for (const { thread, reader } of this.#tracks) {
      const droppedBefore = reader.dropped;
      let count = reader.read(this.#numbers, end + 1);
      if (reader.dropped > droppedBefore) {
        const at = end + 1 + count++ * traceFieldCount;
        this.#numbers.set(droppedRecord(reader.dropped - droppedBefore), at);
      }
      if (count === 0) continue;
      putRecordsHead(this.#words, 2 * end, thread, count);
      end += 1 + count * traceFieldCount;
    }
    return end * 8;
  }

  #append(bytes: Uint8Array, length = bytes.length): void {
    if (this.#fd === undefined) return;
    for (let at = 0; at < length;) at += writeSync(this.#fd, bytes, at, length - at);
    this.#bytes += length;
  }

  #attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#cutTorn();
      this.#end();
      const { rank, file, logger } = this.#options;
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn(`rank ${rank} no longer writes the timeline ${file}: ${reason}`);
    }
  }

  /** Another timeline may go on in the file, when the disk is no longer full: after whole frames. */
  #cutTorn(): void {
    if (this.#fd === undefined) return;
    try {
      ftruncateSync(this.#fd, this.#bytes);
    } catch {
      // What cannot be cut either will not be written again.
    }
  }

  #end(): void {
    this.#options.labels.end();
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

function droppedRecord(events: number): Float64Array {
  const nowUs = monotonicMs() * 1000;
  const record = new Float64Array(traceFieldCount).fill(absent);
  record[traceField.kind] = spanKinds.indexOf("dropped");
  record[traceField.fromUs] = record[traceField.toUs] = nowUs;
  record[traceField.bytes] = events;
  return record;
}
