/** What tsrun says about a job, in order: banner, progress, warnings, summary, how it ended. */
import { type Clock, type Environment, type ErrorWire } from "@kolo/core";
import { type RankStatistics, type RootCause, type TrainingProgress } from "@kolo/rendezvous";
import { type OutputStream, type Terminal } from "../output/terminal.js";
import { type ProgressDisplay } from "../progress/progress-display.js";
import { createProgressLines } from "../progress/progress-lines.js";
import { type Outcome } from "../supervise/supervise.js";
import { errorText, rootCauseText } from "./root-cause-text.js";
import { summaryText } from "./summary.js";

export interface ReporterOptions {
  readonly terminal: Terminal;
  readonly stderr: OutputStream;
  readonly clock: Clock;
  readonly environment: Environment;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #say: (text: string) => void;
  #opening: Promise<ProgressDisplay> | undefined;
  #display: ProgressDisplay | undefined;
  /** What came last, while the display was being opened. */
  #waiting: TrainingProgress | undefined;
  #summarized = false;
  #reports: { readonly rank: number; readonly error: ErrorWire }[] = [];

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#say = (text) => {
      options.terminal.say(text);
    };
  }

  banner(text: string): void {
    if (!this.#options.quiet) this.#say(text);
  }

  warn(text: string): void {
    this.#say(`tsrun: warning: ${text}`);
  }

  progress(progress: TrainingProgress): void {
    if (this.#options.quiet) return;
    if (this.#display !== undefined) {
      this.#display.show(progress);
      return;
    }
    this.#waiting = progress;
    this.#opening ??= this.#openDisplay();
    void this.#opening.then((display) => {
      this.#display = display;
      if (this.#waiting !== undefined) display.show(this.#waiting);
      this.#waiting = undefined;
    });
  }

  /** A rank says why it is about to end; the root cause is among these, the rest is secondary. */
  reported(rank: number, error: ErrorWire): void {
    if (this.#options.verbose) this.#reports.push({ rank, error });
  }

  /** Once: at the farewell of all ranks, or at the end. */
  summary(statistics: readonly (RankStatistics | undefined)[]): void {
    this.stopProgress();
    const text = this.#summarized || this.#options.quiet ? undefined : summaryText(statistics);
    if (text === undefined) return;
    this.#summarized = true;
    this.#say(text);
  }

  stopProgress(): void {
    this.#waiting = undefined;
    this.#display?.stop();
  }

  /** The last word. `firstToFall` is for a failure that nobody explained. */
  outcome(outcome: Outcome, firstToFall: string | undefined): void {
    switch (outcome.kind) {
      case "success":
        return;
      case "interrupted":
        // Nobody reads any more: nothing to say to nobody.
        if (outcome.signal !== "SIGPIPE") this.#say(`tsrun: ended by ${outcome.signal}`);
        return;
      case "unexplained":
        this.#say(`tsrun: ${firstToFall ?? "a rank"} failed`);
        return;
      case "failure":
        this.#secondary(outcome.cause);
        this.#say(rootCauseText(outcome.cause, this.#options.verbose));
        return;
    }
  }

  #secondary(cause: RootCause): void {
    for (const { rank, error } of this.#reports) {
      if (rank !== cause.rank)
        this.#say(`tsrun: rank ${rank} then ended with: ${errorText(error, true)}`);
    }
  }

  async #openDisplay(): Promise<ProgressDisplay> {
    const { stderr, terminal, clock, environment } = this.#options;
    // Loaded when it is needed: the start of the ranks waits for nothing it can do without.
    if (stderr.isTTY !== true || environment["TERM"] === "dumb")
      return createProgressLines(this.#say, clock);
    const { createProgressBar } = await import("../progress/progress-bar.js");
    return createProgressBar(stderr, terminal, clock);
  }
}
