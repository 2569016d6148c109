/**
 * All that the coordinator knows of a job, as plain data: what the diagnosis reads. Times are the
 * coordinator's own, in milliseconds; `atMs` is when it learned of something.
 */
import { type ErrorWire, type JobLimits as Limits } from "@kolo/core";
import { type OperationProgress, type RankStatistics, type Registration } from "../messages.js";

/** How a rank's process ended, as Node says it: one of the two is null. */
export interface ProcessExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A rank's own word that it failed. Only its first counts. */
export interface ReportedFailure {
  readonly error: ErrorWire;
  readonly atMs: number;
  /** It came over the report pipe, so the process ends in a moment and its exit code is worth waiting for. */
  readonly ending: boolean;
}

export interface RankState {
  readonly rank: number;
  /** The process, once it has been started, where the launcher says so. */
  readonly process: { readonly pid: number; readonly host: string } | undefined;
  readonly registration: Registration | undefined;
  /** When anything last came over its stream. */
  readonly heardAtMs: number;
  readonly progress: OperationProgress | undefined;
  readonly statistics: RankStatistics | undefined;
  /** It said farewell, and takes part in no operation from number `submitted` on. */
  readonly left: { readonly submitted: number; readonly atMs: number } | undefined;
  /** Its stream broke before it left. */
  readonly disconnected: { readonly atMs: number; readonly details: string } | undefined;
  readonly failure: ReportedFailure | undefined;
  readonly exit: (ProcessExit & { readonly atMs: number }) | undefined;
}

export interface JobState {
  /** The coordinator's host, for causes that are no rank's. */
  readonly host: string;
  /** When the first rank joined: from then on it waits for the others. */
  readonly firstJoinAtMs: number | undefined;
  /** By rank. */
  readonly ranks: readonly RankState[];
}

/** With what the coordinator's user does not choose. */
export interface JobLimits extends Limits {
  /** How long a symptom (a lost peer, a broken stream) waits for what caused it; 3000. */
  readonly symptomGraceMs: number;
  /** How long a reported error waits for the exit code, and an exit code for its error; 500. */
  readonly exitGraceMs: number;
}

export function createJobState(size: number, host: string, nowMs: number): JobState {
  const ranks = Array.from({ length: size }, (_, rank): RankState => {
    return {
      rank,
      process: undefined,
      registration: undefined,
      heardAtMs: nowMs,
      progress: undefined,
      statistics: undefined,
      left: undefined,
      disconnected: undefined,
      failure: undefined,
      exit: undefined,
    };
  });
  return { host, firstJoinAtMs: undefined, ranks };
}

/** The job with one rank changed. */
export function withRank(job: JobState, rank: number, change: Partial<RankState>): JobState {
  const ranks = job.ranks.map((state) => (state.rank === rank ? { ...state, ...change } : state));
  return { ...job, ranks };
}

function exitedCleanly({ exit }: RankState): boolean {
  return exit?.exitCode === 0 && exit.signal === null;
}

/** It takes part in nothing any more, and did not fail. */
export function hasFinished(rank: RankState): boolean {
  return rank.left !== undefined || exitedCleanly(rank);
}

export function hostOf(job: JobState, rank: RankState): string {
  return rank.registration?.host ?? rank.process?.host ?? job.host;
}
