/**
 * One learning rate in which two callbacks have a say: what the schedule wants × what the warm-up
 * lets through of it. So they go together in any order.
 *
 * The base is the optimizer's rate when training begins, except where that is what a plan left: a
 * training that ended amid its warm-up, or well down its schedule, must not lower the next one.
 */
import type * as tf from "@tensorflow/tfjs";
import { getLearningRate, setLearningRate } from "./learning-rate.js";

export interface RatePlan {
  /** The rate that warm-up leads to and schedules start from. */
  readonly base: number;
  /** What the schedule wants from the next step on. */
  schedule(learningRate: number): void;
  /** How much of it the warm-up lets through, 0 … 1, from the next step on. */
  scale(factor: number): void;
}

const lastPlans = new WeakMap<tf.Optimizer, OptimizerPlan>();

/** At train begin; callbacks of one training get the same plan. */
export function beginRatePlan(optimizer: tf.Optimizer): RatePlan {
  const plan = lastPlans.get(optimizer) ?? new OptimizerPlan(optimizer);
  lastPlans.set(optimizer, plan);
  plan.begin();
  return plan;
}

class OptimizerPlan implements RatePlan {
  readonly #optimizer: tf.Optimizer;
  #base = NaN;
  #scheduled = NaN;
  #factor = 1;
  #applied = NaN;

  constructor(optimizer: tf.Optimizer) {
    this.#optimizer = optimizer;
  }

  get base(): number {
    return this.#base;
  }

  begin(): void {
    const current = getLearningRate(this.#optimizer);
    if (current !== this.#applied) this.#base = current;
    this.#scheduled = this.#base;
    this.#factor = 1;
  }

  schedule(learningRate: number): void {
    this.#scheduled = learningRate;
    this.#apply();
  }

  scale(factor: number): void {
    this.#factor = factor;
    this.#apply();
  }

  #apply(): void {
    this.#applied = this.#scheduled * this.#factor;
    setLearningRate(this.#optimizer, this.#applied);
  }
}
