/** A rank's membership of the world: what the communication thread joins with, and what it gets. */
import { type Clock, type Credentials, type KoloError } from "@kolo/core";
import {
  type ManifestEntry,
  type Member,
  type OperationProgress,
  type RankStatistics,
  type RootCause,
  type TrainingProgress,
} from "./messages.js";

export interface JoinWorldOptions {
  /** host:port of the coordinator. */
  readonly coordinator: string;
  /** Secret of the job. */
  readonly token: string;
  /** Mutual TLS with these, where the coordinator has the like. Default: none. */
  readonly secure?: Credentials;
  readonly rank: number;
  readonly size: number;
  /** Where this rank serves its segments, as its transport says. */
  readonly address: string;
  /** Name of this host. */
  readonly host: string;
  /** Whose process the coordinator is in, for messages. Default: tsrun. */
  readonly coordinatedBy?: string;
  /** Name of the transport. */
  readonly transport: string;
  /** Version of kolo: that of the coordinator, or the rank is refused. */
  readonly koloVersion: string;
  /** How far this rank's operations are; asked at every heartbeat. */
  readonly progress: () => OperationProgress;
  readonly statistics: () => RankStatistics;
  /**
   * The job is over for this rank: another one failed (with the root cause), or the coordinator is
   * lost (without). Called at most once, after the world was joined and before this rank left.
   */
  readonly onAbort: (error: KoloError, rootCause?: RootCause) => void;
  /** Between two heartbeats. Default 1000. */
  readonly heartbeatMs?: number;
  readonly clock?: Clock;
}

export interface Membership {
  /** Which membership of the world this is. */
  readonly generation: number;
  /** By rank. */
  readonly members: readonly Member[];
  /**
   * Compares this rank's k-th manifest with the k-th of all others; resolves when all agree,
   * rejects with `manifest_mismatch`, or with what ended the job. Ranks must call it equally often.
   */
  proposeManifest(entries: readonly ManifestEntry[]): Promise<void>;
  /** Shows training progress at the launcher. */
  report(progress: TrainingProgress): void;
  /** Tells the coordinator that this rank failed. */
  fail(error: unknown): void;
  /**
   * Says that this rank submits no more operations. Resolves when every rank has come this far;
   * rejects with what ended the job before.
   */
  leave(): Promise<void>;
  /** Ends the connection without a word. After a `leave` that resolved, nobody minds. */
  close(): Promise<void>;
}
