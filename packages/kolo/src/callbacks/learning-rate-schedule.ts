import * as tf from "@tensorflow/tfjs";
import { accumulationStepsOf } from "../optimizer/distributed-step.js";
import { beginRatePlan, type RatePlan } from "./learning-rate/rate-plan.js";

export interface SchedulePoint {
  /** Update within the epoch, from 0: of `accumulationSteps` batches each. */
  readonly step: number;
  /** The optimizer's learning rate when training began: what the schedule starts from. */
  readonly learningRate: number;
}

/** The learning rate of a step. `epoch` counts from 0. */
export type LearningRateFunction = (epoch: number, point: SchedulePoint) => number;

/** Asks a function for the learning rate before each step. */
export class LearningRateSchedule extends tf.Callback {
  readonly #schedule: LearningRateFunction;
  #plan: RatePlan | undefined;
  #epoch = 0;
  #accumulationSteps = 1;

  constructor(schedule: LearningRateFunction) {
    super();
    this.#schedule = schedule;
  }

  override async onTrainBegin(): Promise<void> {
    this.#plan = beginRatePlan(this.model.optimizer);
    this.#accumulationSteps = accumulationStepsOf(this.model.optimizer);
    return Promise.resolve();
  }

  override async onEpochBegin(epoch: number): Promise<void> {
    this.#epoch = epoch;
    return Promise.resolve();
  }

  override async onBatchBegin(batch: number): Promise<void> {
    const step = Math.floor(batch / this.#accumulationSteps);
    const learningRate = this.#plan?.base ?? NaN;
    this.#plan?.schedule(this.#schedule(this.#epoch, { step, learningRate }));
    return Promise.resolve();
  }
}
