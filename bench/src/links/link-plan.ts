/** What the ranks of two hosts are told to measure over the link between them, and what they print. */
import { type Compression } from "@kolo/compression";

export type LinkPlan = ExchangePlan | TrainingPlan;

/** Steps of a large model. */
export interface ExchangePlan {
  readonly kind: "exchange";
  readonly compression: Compression;
  /** Measured, after one that is not. */
  readonly steps: number;
}

/** A training until it is good enough. */
export interface TrainingPlan {
  readonly kind: "training";
  readonly compression: Compression;
  /** With the images. */
  readonly folder: string;
  readonly learningRate: number;
  /** On test images: a fraction. */
  readonly accuracy: number;
  readonly mostSteps: number;
}

/** Of one rank; times are medians over steps. */
export interface ExchangeResult {
  readonly rank: number;
  readonly stepMs: number;
  /** Packing, compressing, sending, waiting for the other: all but the gradients and the update. */
  readonly communicationMs: number;
  readonly bytesPerStep: number;
}

/** Of one rank. */
export interface TrainingResult {
  readonly rank: number;
  /** Of steps alone, not of what is done to look at the accuracy. */
  readonly seconds: number;
  readonly steps: number;
  readonly accuracy: number;
}
