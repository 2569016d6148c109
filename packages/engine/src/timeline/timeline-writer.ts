/**
 * Brings what the tracks hold to the rank's part of the trace, in the communication thread: whenever
 * the pulse beats, and at the end. A file that cannot be written ends the timeline and not the training.
 */
import { type Logger, tracePartOf } from "@kolo/core";
import { closeSync, fstatSync, openSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { monotonicMs } from "../control-block.js";
import { type OperationLabels } from "./operation-labels.js";
import { threadNames, type TimelineMemory, trackOf } from "./timeline-memory.js";
import { droppedLine, headLines, recordLine, type TracePlace } from "./trace-lines.js";
import { TrackReader } from "./track.js";

/** What a timeline is begun with. */
export interface TimelineStart {
  readonly memory: TimelineMemory;
  /** Of the whole trace, an absolute path. */
  readonly file: string;
}

export interface TimelineWriterOptions extends TimelineStart {
  readonly rank: number;
  readonly zeroUs: number;
  readonly labels: OperationLabels;
  readonly logger: Logger;
}

export class TimelineWriter {
  readonly #options: TimelineWriterOptions;
  readonly #tracks: readonly { readonly reader: TrackReader; readonly place: TracePlace }[];
  #fd: number | undefined;
  #events = 0;
  #dropped = 0;

  constructor(options: TimelineWriterOptions) {
    const { memory, rank, zeroUs, file } = options;
    this.#options = options;
    this.#tracks = threadNames.map((thread) => ({
      reader: new TrackReader(trackOf(memory, thread)),
      place: { rank, thread, zeroUs },
    }));
    this.#attempt(() => {
      this.#fd = openSync(tracePartOf(file, rank), "a");
      // A timeline that goes on in the same file has its head already.
      if (fstatSync(this.#fd).size === 0) this.#write(headLines(rank, hostname()));
    });
  }

  drain(): void {
    const { labels } = this.#options;
    let text = "";
    for (const { reader, place } of this.#tracks) {
      const dropped = reader.read((record) => {
        text += recordLine(record, place, labels.of(record.operation), this.#events++);
      });
      if (dropped > 0) text += droppedLine(dropped, monotonicMs() * 1000, place);
      this.#dropped += dropped;
    }
    labels.forgetReleased();
    if (text === "") return;
    this.#attempt(() => {
      this.#write(text);
    });
  }

  close(): void {
    this.drain();
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    if (this.#dropped === 0) return;
    const { rank, logger, file } = this.#options;
    logger.warn(
      `the timeline of rank ${rank} lacks ${this.#dropped} events, the oldest of those that came ` +
        `faster than they could be written to ${file}; the trace says "dropped" where`,
    );
  }

  #write(text: string): void {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length && this.#fd !== undefined;) {
      at += writeSync(this.#fd, bytes, at);
    }
  }

  #attempt(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (this.#fd !== undefined) closeSync(this.#fd);
      this.#fd = undefined;
      const { rank, file, logger } = this.#options;
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn(`rank ${rank} no longer writes the timeline ${file}: ${reason}`);
    }
  }
}
