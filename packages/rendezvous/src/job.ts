/**
 * A job as the coordinator leads it: takes what is heard of ranks and processes, keeps it as plain
 * data, asks the diagnosis, and tells ranks and launcher. Knows no gRPC: ranks are told by `send`.
 *
 * The first failure is latched. Afterwards ranks may say and do what they want: nothing becomes a
 * second cause.
 */
import { type Clock, type ErrorWire, type Logger } from "@kolo/core";
import { AwakeTime } from "./diagnosis/awake-time.js";
import { diagnose } from "./diagnosis/diagnose.js";
import { isHarmlessLoss } from "./diagnosis/harmless-loss.js";
import {
  createJobState,
  hasFinished,
  type JobLimits,
  type JobState,
  type ProcessExit,
  type RankState,
  withRank,
} from "./diagnosis/job-state.js";
import { ManifestRounds } from "./manifest/manifest-rounds.js";
import {
  type Member,
  type RankStatistics,
  type Registration,
  type RootCause,
  type TrainingProgress,
} from "./messages.js";
import { type CoordinatorEvent, type RankEvent } from "./wire/events.js";

/** What the launcher is told. Called synchronously; must not throw. */
export interface CoordinatorListener {
  onProgress(rank: number, progress: TrainingProgress): void;
  /** Something lasts too long, or looks wrong, but the job goes on. */
  onWarning(text: string): void;
  /** The job has failed, and the ranks have been told. Once. */
  onFailure(rootCause: RootCause): void;
  /** Every rank has finished; the ranks are told when this returns. By rank. */
  onFarewell(statistics: readonly (RankStatistics | undefined)[]): void;
}

export interface JobOptions {
  readonly size: number;
  readonly host: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: JobLimits;
  readonly listener: CoordinatorListener;
  /** Tells a rank; drops it where the rank is not attending. */
  readonly send: (rank: number, event: CoordinatorEvent) => void;
}

/** The only membership of the world there is, as long as ranks neither join nor leave midway. */
const firstGeneration = 1;

/** Between two looks at the job. */
const tickMs = 100;

export class Job {
  readonly #options: JobOptions;
  readonly #time: AwakeTime;
  readonly #manifests: ManifestRounds;
  readonly #warned = new Set<string>();
  #state: JobState;
  #rootCause: RootCause | undefined;
  #worldFormed = false;
  #farewell = false;
  #cancelTick: () => void = () => undefined;

  constructor(options: JobOptions) {
    this.#options = options;
    this.#time = new AwakeTime(options.clock, 10 * tickMs);
    this.#state = createJobState(options.size, options.host, this.#time.now());
    this.#manifests = new ManifestRounds(options.size);
    this.#tick();
  }

  get rootCause(): RootCause | undefined {
    return this.#rootCause;
  }

  /** Latest of each rank, undefined where it has sent none. */
  statistics(): (RankStatistics | undefined)[] {
    return this.#state.ranks.map((rank) => rank.statistics);
  }

  /** Whether this rank may still join: it has not yet, and its process has not ended. */
  admits(rank: number): boolean {
    const state = this.#state.ranks[rank];
    return state !== undefined && state.registration === undefined && state.exit === undefined;
  }

  started(rank: number, process: { readonly pid: number; readonly host: string }): void {
    this.#change(rank, { process });
  }

  joined(registration: Registration): void {
    const { rank, host, pid, address } = registration;
    this.#options.logger.debug(`rank ${rank} joined (process ${pid} on ${host}, ${address})`);
    const nowMs = this.#time.now();
    this.#state = { ...this.#state, firstJoinAtMs: this.#state.firstJoinAtMs ?? nowMs };
    this.#change(rank, { registration, heardAtMs: nowMs });
    if (this.#rootCause !== undefined) {
      this.#options.send(rank, { kind: "abort", rootCause: this.#rootCause });
      return;
    }
    this.#formWorld();
    this.#consider();
  }

  /** Takes an event of a rank that has joined. Throws `message_invalid`. */
  heard(rank: number, event: Exclude<RankEvent, { kind: "register" }>): void {
    const { listener } = this.#options;
    const heardAtMs = this.#time.now();
    this.#change(rank, { heardAtMs });
    switch (event.kind) {
      case "heartbeat": {
        const { progress, statistics } = event;
        this.#change(rank, { progress, statistics });
        return;
      }
      case "manifest": {
        const verdict = this.#manifests.propose(rank, event.sequence, event.entries);
        if (verdict === undefined) return;
        const { ranks, sequence, error } = verdict;
        for (const told of ranks) this.#options.send(told, { kind: "manifest", sequence, error });
        return;
      }
      case "progress":
        listener.onProgress(rank, event.progress);
        return;
      case "failure":
        this.#failed(rank, event.error, false);
        return;
      case "leave": {
        const { statistics, submitted } = event;
        this.#change(rank, { statistics, left: { submitted, atMs: heardAtMs } });
        this.#consider();
        return;
      }
    }
  }

  /** A rank's stream is gone. */
  disconnected(rank: number, details: string): void {
    const state = this.#state.ranks[rank];
    if (state === undefined || state.left !== undefined || state.disconnected !== undefined) return;
    this.#options.logger.debug(`the stream of rank ${rank} ended: ${details}`);
    this.#change(rank, { disconnected: { atMs: this.#time.now(), details } });
    this.#consider();
  }

  exited(rank: number, exit: ProcessExit): void {
    if (this.#state.ranks[rank]?.exit !== undefined) return;
    const how =
      exit.signal === null ? `exited with code ${exit.exitCode ?? 1}` : `died of ${exit.signal}`;
    this.#options.logger.debug(`the process of rank ${rank} ${how}`);
    this.#change(rank, { exit: { ...exit, atMs: this.#time.now() } });
    this.#consider();
  }

  /** A rank said over its control pipe why it is about to end. */
  reported(rank: number, error: ErrorWire): void {
    this.#failed(rank, error, true);
  }

  /** Ends the job with this cause, unless it has failed already. */
  abort(rootCause: RootCause): void {
    if (this.#rootCause !== undefined) return;
    this.#rootCause = rootCause;
    for (const { rank } of this.#state.ranks) {
      this.#options.send(rank, { kind: "abort", rootCause });
    }
    this.#options.listener.onFailure(rootCause);
  }

  close(): void {
    this.#cancelTick();
  }

  #failed(rank: number, error: ErrorWire, ending: boolean): void {
    const state = this.#state.ranks[rank];
    if (state === undefined) return;
    this.#options.logger.debug(`rank ${rank} reports: ${error.message}`);
    // Only the first counts, but one that turned out to mean nothing must not hide the next.
    if (state.failure === undefined || isHarmlessLoss(this.#state, state)) {
      this.#change(rank, { failure: { error, atMs: this.#time.now(), ending } });
    }
    this.#consider();
  }

  #change(rank: number, change: Partial<RankState>): void {
    this.#state = withRank(this.#state, rank, change);
  }

  #tick(): void {
    this.#consider();
    this.#cancelTick = this.#options.clock.after(tickMs, () => {
      this.#tick();
    });
  }

  #consider(): void {
    const nowMs = this.#time.now();
    if (this.#rootCause !== undefined) return;
    const verdict = diagnose(this.#state, nowMs, this.#options.limits);
    switch (verdict.kind) {
      case "fail":
        this.#options.logger.debug(`the job failed: ${verdict.reason}`);
        this.abort(verdict.rootCause);
        return;
      case "warn":
        this.#warn(verdict.key, verdict.text);
        return;
      case "nothing":
        this.#sayFarewell();
        return;
    }
  }

  #warn(key: string, text: string): void {
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    this.#options.listener.onWarning(text);
  }

  #formWorld(): void {
    const registrations = this.#state.ranks.flatMap((rank) => rank.registration ?? []);
    if (this.#worldFormed || registrations.length < this.#options.size) return;
    this.#worldFormed = true;
    const members = registrations.map(({ rank, address, host, pid }): Member => {
      return { rank, address, host, pid };
    });
    for (const { rank } of members) {
      this.#options.send(rank, { kind: "world", generation: firstGeneration, members });
    }
  }

  #sayFarewell(): void {
    const { ranks } = this.#state;
    const over = ranks.every(hasFinished) && ranks.some((rank) => rank.registration !== undefined);
    if (this.#farewell || !over) return;
    this.#farewell = true;
    this.#options.listener.onFarewell(this.statistics());
    for (const { rank } of ranks) this.#options.send(rank, { kind: "farewell" });
  }
}
