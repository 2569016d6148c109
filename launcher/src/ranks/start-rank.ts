/** What the start of a rank needs and tells, wherever the rank runs. */
import { type ErrorWire } from "@kolo/core";
import { type RankExit, type RankProcess, type RankSpawn, spawnRank } from "./spawn-rank.js";

/** What a NodeJS.ErrnoException says, also from another host. */
export interface SpawnError {
  readonly message: string;
  readonly code?: string | undefined;
}

export interface RankEvents {
  readonly onStart: (pid: number) => void;
  /** The rank says why it is about to end. */
  readonly onReport: (failure: ErrorWire) => void;
  /** The rank has begun its part of a timeline: a path on its own host. */
  readonly onTimeline: (file: string) => void;
  /** The rank's process is gone, and all it reported has been handed on. Called once. */
  readonly onExit: (exit: RankExit) => void;
  /** There is no process: spawning failed. Called once, and then nothing else is. */
  readonly onSpawnError: (error: SpawnError) => void;
  /** Its host is out of reach. Called once, and then nothing else is. */
  readonly onLost: (error: ErrorWire) => void;
}

/** Starts a rank. Undefined where there is no process; onSpawnError then says why, later. */
export type StartRank = (rank: number, events: RankEvents) => RankProcess | undefined;

/** Starts one on this machine. */
export function startLocalRank(
  spawn: Pick<
    RankSpawn,
    "program" | "arguments" | "environment" | "directory" | "launch" | "clock"
  >,
  events: RankEvents,
): RankProcess | undefined {
  const { onReport, onTimeline, onExit, onSpawnError, onStart } = events;
  const started = spawnRank({ ...spawn, onReport, onTimeline, onExit, onSpawnError });
  if (started !== undefined) onStart(started.group.pid);
  return started;
}
