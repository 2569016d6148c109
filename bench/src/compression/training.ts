/** What is trained and how: the same for every codec, so that only what travels differs. */
import { type Compression } from "@kolo/compression";

export interface TrainingPlan {
  /** With the images. */
  readonly folder: string;
  readonly compression: Compression;
  readonly epochs: number;
  readonly learningRate: number;
}

/** What a launch prints, as one line of JSON. */
export interface TrainingResult {
  /** Payload bytes that a rank sent in an update: means over all ranks, and over updates after warm-up. */
  readonly bytesPerStep: number;
  /** One an epoch. */
  readonly history: readonly Checkpoint[];
}

export interface Checkpoint {
  readonly epoch: number;
  /** Updates so far. */
  readonly steps: number;
  /** By a rank in all updates so far, payload only: the mean over all ranks. */
  readonly bytesSent: number;
  /** Of the test set, a fraction. */
  readonly accuracy: number;
  /** Mean cross-entropy on the test set. */
  readonly loss: number;
}

export const np = 4;
/** Images per rank and step. */
export const batchSize = 32;
/** Of the optimizer, or of deepGradient in its place. */
export const momentum = 0.9;
export const defaultLearningRate = 0.05;
export const defaultEpochs = 3;

/** Updates in an epoch; images that do not fill one are left out. */
export function updatesPerEpoch(images: number): number {
  return Math.floor(images / (np * batchSize));
}
