/** What ranks and coordinator tell each other, as kolo sees it; proto/rendezvous.proto is the wire. */
import { type DType, type ErrorWire } from "@kolo/core";

/** One parameter of the model. */
export interface ManifestEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** How far a rank's operations are; travels with every heartbeat. */
export interface OperationProgress {
  /** Operations submitted so far. */
  readonly submitted: number;
  /** Operations completed so far; submitted - completed are under way. */
  readonly completed: number;
  /** The operation under way, in words; "" where there is none. */
  readonly current: string;
  /** Milliseconds since the one under way was started; 0 where there is none. */
  readonly currentForMs: number;
  /** The last completed operation, in words; "" where there is none. */
  readonly last: string;
  /** Milliseconds since the last one completed, or since the rank joined. */
  readonly idleForMs: number;
}

/**
 * Where the time of a rank's steps went, since it joined. Times are wall-clock milliseconds of the main
 * thread; together they are all the time from the beginning of each step to its end. A step begins
 * where the one before ended, the first of an epoch of fit and fitDataset with the epoch.
 */
export interface RankStatistics {
  readonly steps: number;
  /** Steps without an update, because gradients were not finite. */
  readonly skippedSteps: number;
  /** Gradients that the optimizer was given; as many as steps, unless they are accumulated. */
  readonly microBatches: number;
  /** Those whose samples were counted: by fit, fitDataset and trainOnBatch. */
  readonly sampledBatches: number;
  readonly samples: number;
  /** Until the optimizer has the gradients: data, callbacks of batches, forward, backward. */
  readonly computeMs: number;
  /** Gradients out of tensors into the arena. */
  readonly packMs: number;
  /** Blocked on other ranks. */
  readonly waitMs: number;
  /** Averaged gradients out of the arena into tensors, and the inner optimizer. */
  readonly unpackMs: number;
  /** Payload bytes handed to the transport. */
  readonly bytesSent: number;
  /** What they would have been without compression. */
  readonly bytesUncompressed: number;
  /** Hash of the gradients' plan, "" where there was no step. */
  readonly planHash: string;
}

/** What the terminal shows while training; from rank 0. */
export interface TrainingProgress {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in this epoch. */
  readonly step: number;
  /** 0 where it is not known. */
  readonly stepsPerEpoch: number;
  /** Over all ranks, in this epoch so far. */
  readonly samplesPerSecond: number;
  /** Name and value, in the order to show them: loss first. */
  readonly metrics: readonly (readonly [name: string, value: number])[];
  /** The epoch is over, and the metrics are those of all of it. */
  readonly epochEnd: boolean;
}

/** A member of the world. */
export interface Member {
  readonly rank: number;
  /** Where it serves its segments, as its transport says. */
  readonly address: string;
  readonly host: string;
  readonly pid: number;
}

/** What a rank says of itself when it joins. */
export interface Registration extends Member {
  readonly koloVersion: string;
  readonly nodeVersion: string;
  /** Name of its transport. */
  readonly transport: string;
}

/** Why the job ends: the first failure, latched, the same on every rank. */
export interface RootCause {
  /** Undefined where no rank is to blame. */
  readonly rank: number | undefined;
  readonly host: string;
  readonly error: ErrorWire;
  /** What tsrun exits with: the rank's exit code, 128 + n for a signal. */
  readonly exitCode: number;
}
