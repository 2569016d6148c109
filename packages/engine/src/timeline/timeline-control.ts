/**
 * The main thread's side of a timeline: whether one is recorded, and into which file. Files that ranks
 * of a job begin by themselves are told to the launcher, which makes one trace of all parts when the
 * job has ended, however it ends; without a launcher the rank does so itself.
 */
import {
  createTrace,
  createTracePart,
  encodeControlLine,
  KoloError,
  type RankEnvironment,
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
    return { memory, file };
  }

  #create(file: string): void {
    const rank = this.#environment?.world.rank ?? 0;
    if (rank === 0) createTrace(file);
    createTracePart(file, rank);
    this.#begun.add(file);
    const reportFd = this.#environment?.reportFd;
    if (reportFd === undefined) return;
    writeSync(reportFd, encodeControlLine({ timeline: file }));
  }
}
