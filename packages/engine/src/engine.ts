/**
 * The engine as the main thread sees it: prepare an operation once, then start it and wait for it
 * as often as needed. Everything blocking has an async twin.
 */
import { type ExchangeSettings, type KoloError, type Logger, type World } from "@kolo/core";
import { type Operation, type Range } from "@kolo/collectives";
import { type Compressing, type HookState, type Matrix } from "@kolo/compression";
import { type ManifestEntry, type TrainingProgress } from "@kolo/rendezvous";

export type Elements = Float32Array | Int32Array;

/** An operation with a place in the arena. Not for use while it is under way. */
export interface PreparedOperation {
  readonly operation: Operation;
  /** Its own, for the timeline. */
  readonly id: number;
  /** What this rank gives: written before `start()`. A view of the arena; after the end, garbage. */
  readonly input: Elements;
  /** What this rank gets: valid from the end of the operation until the next `start()`. */
  readonly output: Elements;
  /** Where it is compressed; undefined elsewhere. */
  readonly compressed: CompressedOperation | undefined;
  /** Submits it. Ranks must start the same operations in the same order. */
  start(): void;
  /** Blocks until it is done; throws the world's root cause where it failed. */
  waitSync(): void;
  /** The same without blocking. */
  wait(): Promise<void>;
  /** Gives its place in the arena back. */
  release(): void;
}

/** What a compressed operation keeps from one time to the next. Not for use while it is under way. */
export interface CompressedOperation {
  readonly state: HookState;
  /** Elements of `input` that `state` is about: all, or what this rank exchanges for its host. */
  readonly slice: Range;
}

/** Where the time of steps goes; written by whoever spends it. See RankStatistics for the meanings. */
export interface Meter {
  /** When the step began that is being made, as `performance.now()`; undefined between epochs. */
  stepBeganMs: number | undefined;
  steps: number;
  skippedSteps: number;
  microBatches: number;
  sampledBatches: number;
  samples: number;
  computeMs: number;
  packMs: number;
  waitMs: number;
  unpackMs: number;
  planHash: string;
}

/** Payload bytes that this rank has sent to others so far, by whatever way. */
export interface Traffic {
  readonly bytesSent: number;
  /** What they would have been without compression. */
  readonly bytesUncompressed: number;
}

/** What the main thread does in a step, as spans that lie in each other or follow each other. */
export type MainSpan = "step" | "compute" | "plan" | "pack" | "wait" | "unpack" | "apply";

export interface Timeline {
  /** Times are `performance.now()`; `operation` is the id of a prepared one. */
  span(kind: MainSpan, fromMs: number, toMs: number, operation?: number): void;
}

export interface PrepareOptions {
  /**
   * Payload bytes of a segment over links, equal on all ranks: a multiple of 4, 1 KiB to 1 MiB.
   * Default: what --segment-bytes said, else chosen by the size of the operation.
   */
  readonly segmentBytes?: number | undefined;
  /** For an all-reduce of float32 sums or averages. */
  readonly compression?: CompressionOptions;
}

export interface CompressionOptions {
  readonly how: Compressing;
  /** In the operation's input. */
  readonly matrices: readonly Matrix[];
  /**
   * One element of the output of another operation that comes before this one: what all ranks' elements
   * are multiplied by. What is kept for later is divided by it, so that it counts the same whatever
   * the unit then is. Default: 1.
   */
  readonly unit?: Elements;
}

export interface Engine {
  readonly world: World;
  /** What tsrun was told about how gradients travel. */
  readonly exchange: ExchangeSettings;
  /** Whether operations travel in segments: not where all ranks share memory. */
  readonly hasSegments: boolean;
  readonly meter: Meter;
  readonly traffic: Traffic;
  /**
   * How many compress what they exchange: hosts, or ranks where those of a host share no memory;
   * 1 where nothing is ever compressed.
   */
  readonly compressionSize: number;
  /** Where this thread says what it spends its time on; undefined while nobody records it. */
  readonly timeline: Timeline | undefined;
  /** To stderr, from the level that tsrun set on: warnings, or everything with --verbose. */
  readonly logger: Logger;
  /** The first failure, once there is one; every later call throws it. */
  readonly failure: KoloError | undefined;
  /** Finds a place in the arena (`arena_exhausted`), plans, and tells the communication thread. */
  prepare(operation: Operation, options?: PrepareOptions): PreparedOperation;
  /** Hash of the plan that `operation` would run, as eight hex digits. */
  planHash(operation: Operation, options?: PrepareOptions): string;
  /** Compares parameters across ranks and blocks; throws `manifest_mismatch`. */
  compareManifestSync(manifest: readonly ManifestEntry[]): void;
  /**
   * Records what this rank's threads do into `file`, or into what --timeline said.
   * Throws `argument_invalid`, and `config_invalid` where the file cannot be written.
   */
  startTimeline(file: string | undefined): void;
  /** Resolves when all that was recorded is written; at once where nothing is. */
  stopTimeline(): Promise<void>;
  /** Shows progress at the launcher; without one, does nothing. */
  report(progress: TrainingProgress): void;
  /** Says farewell with all ranks and ends the thread. Resolves when every rank has come this far. */
  shutdown(): Promise<void>;
}
