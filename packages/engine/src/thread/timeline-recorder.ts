/** The communication thread's side of a timeline: begins and ends what is recorded, and writes it. */
import {
  type Logger,
  mergeTrace,
  type RankEnvironment,
  removeTraceParts,
  worldOfOne,
} from "@kolo/core";
import { type PrepareMessage } from "../thread-messages.js";
import { OperationLabels } from "../timeline/operation-labels.js";
import { RunnerTimeline } from "../timeline/runner-timeline.js";
import { type TimelineStart, TimelineWriter } from "../timeline/timeline-writer.js";

export interface TimelineRecorderOptions {
  /** Undefined where no launcher started this process, and none will merge what it writes. */
  readonly environment: RankEnvironment | undefined;
  readonly logger: Logger;
  readonly isSharing: () => boolean;
}

export class TimelineRecorder {
  /** For this thread's operations; undefined while nothing is recorded. */
  runner: RunnerTimeline | undefined;
  readonly #options: TimelineRecorderOptions;
  readonly #labels: OperationLabels;
  /** Those that nobody else merges. */
  readonly #own = new Set<string>();
  #writer: TimelineWriter | undefined;

  constructor(options: TimelineRecorderOptions) {
    this.#options = options;
    this.#labels = new OperationLabels(options.environment, options.isSharing);
  }

  announce({ id, operation, segmentBytes }: PrepareMessage): void {
    this.#labels.announce(id, operation, segmentBytes);
  }

  release(id: number): void {
    this.#labels.release(id);
  }

  start(start: TimelineStart): void {
    const { environment, logger } = this.#options;
    const { rank } = environment?.world ?? worldOfOne;
    const zeroUs = environment?.timelineZeroUs ?? 0;
    if (environment === undefined) this.#own.add(start.file);
    this.#writer = new TimelineWriter({ ...start, rank, zeroUs, labels: this.#labels, logger });
    this.runner = new RunnerTimeline(start.memory, "communication");
  }

  drain(): void {
    this.#writer?.drain();
  }

  /** Everything recorded so far is in the file when this returns; another may go on in it. */
  stop(): void {
    this.#writer?.close();
    this.#writer = undefined;
    this.runner = undefined;
    for (const file of this.#own) {
      try {
        mergeTrace(file, 1);
      } catch (error) {
        this.#options.logger.warn(error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** At the end of the rank, once or more. */
  close(): void {
    this.stop();
    for (const file of this.#own) removeTraceParts(file, 1);
    this.#own.clear();
  }
}
