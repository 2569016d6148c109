/**
 * The main thread's side of a timeline: whether one is recorded, and into which file. Files that ranks
 * of a job begin by themselves are told to the launcher, which makes one trace of all parts when the
 * job has ended, however it ends; without a launcher the rank does so itself. A rank on another host than
 * the launcher's writes its part where its agent will find it; the file is the launcher's affair then.
 */
import {
  createTrace,
  createTracePart,
  encodeControlLine,
  KoloError,
  makePartsFolder,
  type RankEnvironment,
  tracePartIn,
  tracePartOf,
} from "@kolo/core";
import { writeSync } from "node:fs";
import { resolve } from "node:path";
import { type Meter } from "../engine.js";
import { MainTimeline } from "./main-timeline.js";
import { createTimelineMemory } from "./timeline-memory.js";
import { type TimelineStart } from "./timeline-writer.js";

export class TimelineControl {
  /** Undefined while nothing is recorded: one look at this is all that costs then. */
  current: MainTimeline | undefined;
  readonly #environment: RankEnvironment | undefined;
  readonly #meter: Meter;
  /** Those of which this rank has a part already. */
  readonly #begun = new Set<string>();
  #file: string | undefined;

  constructor(environment: RankEnvironment | undefined, meter: Meter) {
    this.#environment = environment;
    this.#meter = meter;
  }

  /** What --timeline asks for, from the start. */
  launched(): TimelineStart | undefined {
    const file = this.#environment?.timeline;
    if (file === undefined) return undefined;
    this.#begun.add(file);
    try {
      this.#makeFolder(file);
    } catch {
      // It is no reason not to train: who finds that it cannot write says so, and goes on.
    }
    return this.#begin(file);
  }

  /** Throws `argument_invalid`, and `config_invalid` where the file cannot be written. */
  start(path: string | undefined): TimelineStart {
    if (this.current !== undefined) {
      throw new KoloError(
        "argument_invalid",
        `expected one timeline at a time, but ${this.#file ?? "one"} is being recorded; ` +
          "kolo.stopTimeline() first",
      );
    }
    const file = path === undefined ? this.#environment?.timeline : resolve(path);
    if (file === undefined) {
      throw new KoloError(
        "argument_invalid",
        "expected kolo.startTimeline(file), or tsrun --timeline FILE, to say which file; got neither",
      );
    }
    if (!this.#begun.has(file)) this.#create(file);
    return this.#begin(file);
  }

  stop(): void {
    this.current = undefined;
  }

  #begin(file: string): TimelineStart {
    const memory = createTimelineMemory();
    this.current = new MainTimeline(memory, this.#meter);
    this.#file = file;
    return { memory, file, part: this.#partOf(file) };
  }

  #partOf(file: string): string {
    const rank = this.#environment?.world.rank ?? 0;
    const folder = this.#environment?.timelineParts;
    return folder === undefined ? tracePartOf(file, rank) : tracePartIn(folder, file, rank);
  }

  #makeFolder(file: string): void {
    if (this.#environment?.timelineParts !== undefined) makePartsFolder(this.#partOf(file));
  }

  #create(file: string): void {
    const part = this.#partOf(file);
    this.#makeFolder(file);
    const isFileHere = this.#environment?.timelineParts === undefined;
    if (isFileHere && (this.#environment?.world.rank ?? 0) === 0) createTrace(file);
    createTracePart(part);
    this.#begun.add(file);
    const reportFd = this.#environment?.reportFd;
    if (reportFd === undefined) return;
    writeSync(reportFd, encodeControlLine({ timeline: file }));
  }
}
