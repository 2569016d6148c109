/**
 * Ramps the learning rate up over the first epochs, step by step: the rate that suits the large
 * batch of many ranks is too high for a model that has learned nothing yet.
 *
 * Update s of S (S = epochs × steps per epoch) runs with
 *   rate × (initialScale + (1 - initialScale) × s / S)
 *
 * Source: Goyal et al., "Accurate, Large Minibatch SGD", arXiv:1706.02677, 2017, section 2.2.
 */
import * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { stepsPerEpochOf } from "../fit/training-logs.js";
import { accumulationStepsOf } from "../optimizer/distributed-step.js";
import { session } from "../session.js";
import { checkOptions } from "../tensors/check-options.js";
import { beginRatePlan, type RatePlan } from "./learning-rate/rate-plan.js";

export interface LearningRateWarmupOptions {
  /** How long, from epoch 0 on; fractions are fine. Default 5. */
  readonly epochs?: number;
  /** Updates, not batches. Default: what tfjs knows; needed for data of unknown length. */
  readonly stepsPerEpoch?: number;
  /** Where it begins, as a part of the full rate, 0 … 1. Default 1 / size(). */
  readonly initialScale?: number;
  /** 1: rank 0 says when the full rate is reached. Default 0. */
  readonly verbose?: 0 | 1;
}

export class LearningRateWarmup extends tf.Callback {
  readonly #options: LearningRateWarmupOptions;
  readonly #epochs: number;
  #plan: RatePlan | undefined;
  #initialScale = 1;
  #stepsPerEpoch = 1;
  #accumulationSteps = 1;
  #epoch = 0;

  constructor(options: LearningRateWarmupOptions) {
    super();
    const known = ["epochs", "stepsPerEpoch", "initialScale", "verbose"];
    checkOptions("learningRateWarmup", options, known);
    const { epochs = 5, stepsPerEpoch = 1, initialScale = 1 } = options;
    const expect = (holds: boolean, what: string, got: number) => {
      if (holds) return;
      throw new KoloError(
        "argument_invalid",
        `expected ${what} in learningRateWarmup(), got ${got}`,
      );
    };
    expect(Number.isFinite(epochs) && epochs >= 0, "epochs to be 0 or more", epochs);
    expect(
      Number.isInteger(stepsPerEpoch) && stepsPerEpoch > 0,
      "stepsPerEpoch to be a positive integer",
      stepsPerEpoch,
    );
    expect(initialScale >= 0 && initialScale <= 1, "initialScale in 0 … 1", initialScale);
    this.#options = options;
    this.#epochs = epochs;
  }

  override async onTrainBegin(): Promise<void> {
    const { stepsPerEpoch } = this.#options;
    const batches = stepsPerEpochOf(this.params);
    if (stepsPerEpoch === undefined && batches === undefined) {
      throw new KoloError(
        "argument_invalid",
        "expected learningRateWarmup({ stepsPerEpoch }) for a dataset of unknown length, got none",
      );
    }
    this.#accumulationSteps = accumulationStepsOf(this.model.optimizer);
    this.#stepsPerEpoch = stepsPerEpoch ?? Math.ceil((batches ?? 0) / this.#accumulationSteps);
    this.#initialScale = this.#options.initialScale ?? 1 / session().world.size;
    this.#plan = beginRatePlan(this.model.optimizer);
    return Promise.resolve();
  }

  override async onEpochBegin(epoch: number): Promise<void> {
    this.#epoch = epoch;
    return Promise.resolve();
  }

  override async onBatchBegin(batch: number): Promise<void> {
    const step = Math.floor(batch / this.#accumulationSteps);
    const progress = (this.#epoch + step / this.#stepsPerEpoch) / this.#epochs;
    if (progress < 1) {
      this.#plan?.scale(this.#initialScale + (1 - this.#initialScale) * progress);
    } else {
      this.#finish();
    }
    return Promise.resolve();
  }

  // Once: from here on, whoever else sets the rate is left alone.
  #finish(): void {
    if (this.#plan === undefined) return;
    this.#plan.scale(1);
    if (this.#options.verbose === 1 && session().world.rank === 0) {
      console.log(`learning rate warmed up to ${this.#plan.base} in ${this.#epochs} epochs`);
    }
    this.#plan = undefined;
  }
}
