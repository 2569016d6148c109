/** The rank processes of a job as one, wherever they run: start, signal, see off. */
import { type Clock, type Environment, type ErrorWire } from "@kolo/core";
import { lineFormatter, wantsColor } from "../output/line-format.js";
import { openRankFiles, type RankFiles } from "../output/rank-files.js";
import { type Passage, passOn } from "../output/rank-output.js";
import { type OutputName, type OutputStream, type Terminal } from "../output/terminal.js";
import { errorText } from "../report/root-cause-text.js";
import { type RankExit, type RankProcess } from "../ranks/spawn-rank.js";
import { type SpawnError, type StartRank } from "../ranks/start-rank.js";

export interface RanksOptions {
  readonly size: number;
  readonly startRank: StartRank;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly streams: Readonly<Record<OutputName, OutputStream>>;
  /** tsrun's own, for NO_COLOR and the like. */
  readonly environment: Environment;
  readonly prefixTimestamp: boolean;
  readonly outputDir: string | undefined;
  readonly onStart: (rank: number, pid: number) => void;
  readonly onReport: (rank: number, failure: ErrorWire) => void;
  readonly onTimeline: (rank: number, file: string) => void;
  readonly onExit: (rank: number, exit: RankExit) => void;
  readonly onSpawnError: (rank: number, error: SpawnError) => void;
  /** Its host is out of reach. */
  readonly onLost: (rank: number, error: ErrorWire) => void;
  readonly onWarning: (warning: string) => void;
}

/** How long a process outside the groups may hold a rank's output open. */
const outputGraceMs = 500;
/** SIGKILL works at once or, on a process stuck in the kernel, not at all. */
const sweepMs = 200;
const sweepIntervalMs = 10;

export class Ranks {
  readonly #clock: Clock;
  readonly #killAll = (): void => {
    this.signal("SIGKILL");
  };
  #processes: RankProcess[] = [];
  #passages: { readonly passage: Passage; readonly abandon: () => void }[] = [];
  readonly #files = new Map<number, RankFiles>();
  /** Why ranks ended, by rank, as they said themselves. */
  readonly #failures = new Map<number, ErrorWire>();

  constructor(options: RanksOptions) {
    this.#clock = options.clock;
    // Whatever ends tsrun, a bug of its own included, takes the ranks with it.
    process.on("exit", this.#killAll);
    for (let rank = 0; rank < options.size; rank += 1) this.#start(rank, options);
  }

  signal(signal: NodeJS.Signals): void {
    for (const { group } of this.#processes) group.signal(signal);
  }

  /** Kills what ranks left behind, and resolves when it is gone. */
  async sweep(): Promise<void> {
    this.signal("SIGKILL");
    const endMs = this.#clock.now() + sweepMs;
    // They are not our children, so nothing tells when they are gone but asking.
    while (this.#processes.some(({ group }) => group.alive) && this.#clock.now() < endMs) {
      await new Promise<void>((resolve) => this.#clock.after(sweepIntervalMs, resolve));
    }
  }

  /** Resolves when all output has been passed on and is in its files, however slowly it is read. */
  async drain(): Promise<void> {
    const giveUp = (): void => {
      for (const { passage, abandon } of this.#passages) if (!passage.blocked) abandon();
      cancel = this.#clock.after(outputGraceMs, giveUp);
    };
    let cancel = this.#clock.after(outputGraceMs, giveUp);
    await Promise.all(this.#passages.map(({ passage }) => passage.done));
    cancel();
    // On the terminal the root cause stands once; a rank's own file has what that rank ended with.
    for (const [rank, failure] of this.#failures) {
      this.#files.get(rank)?.stderr.write(`${errorText(failure, true)}\n`);
    }
    const files = [...this.#files.values()].flatMap(({ stdout, stderr }) => [stdout, stderr]);
    await Promise.all(files.map((file) => file.end()));
  }

  /** Closes the control pipes; after this, nothing is watched any more. */
  close(): void {
    process.off("exit", this.#killAll);
    for (const rank of this.#processes) rank.close();
  }

  #start(rank: number, options: RanksOptions): void {
    const started = options.startRank(rank, {
      onStart: (pid) => {
        options.onStart(rank, pid);
      },
      onReport: (failure) => {
        this.#failures.set(rank, failure);
        options.onReport(rank, failure);
      },
      onTimeline: (file) => {
        options.onTimeline(rank, file);
      },
      onExit: (exit) => {
        options.onExit(rank, exit);
      },
      onSpawnError: (error) => {
        options.onSpawnError(rank, error);
      },
      onLost: (error) => {
        options.onLost(rank, error);
      },
    });
    if (started === undefined) return;
    this.#processes.push(started);
    const files =
      options.outputDir === undefined
        ? undefined
        : openRankFiles(options.outputDir, rank, options.onWarning);
    if (files !== undefined) this.#files.set(rank, files);
    for (const name of ["stdout", "stderr"] as const) {
      const color = wantsColor(options.streams[name], options.environment);
      const passage = passOn({
        rank,
        name,
        source: started[name],
        terminal: options.terminal,
        format: lineFormatter({ rank, color, now: options.prefixTimestamp ? Date.now : undefined }),
        file: files?.[name],
      });
      this.#passages.push({
        passage,
        abandon: () => {
          started.abandon(name);
        },
      });
    }
  }
}
