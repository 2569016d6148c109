import type * as tf from "@tensorflow/tfjs";
import { type BroadcastVariablesOptions } from "../broadcast-variables.js";
import { AverageMetrics } from "./average-metrics.js";
import { BroadcastVariables } from "./broadcast-callback.js";
import { type LearningRateFunction, LearningRateSchedule } from "./learning-rate-schedule.js";
import { LearningRateWarmup, type LearningRateWarmupOptions } from "./learning-rate-warmup.js";

/**
 * Callbacks for `fit` and `fitDataset`: alone or in an array, beside instances and plain objects, in
 * any order. Every rank must give the same ones.
 */
export const callbacks = {
  /**
   * Before the first step, gives every rank the root's weights (BatchNorm's statistics too) and
   * optimizer state. Throws at train begin what `kolo.broadcastVariables` throws.
   */
  broadcastVariables(options: BroadcastVariablesOptions = {}): tf.Callback {
    return new BroadcastVariables(options);
  },

  /**
   * Makes the metrics of each epoch, `val_` ones too, the unweighted mean over ranks, so that
   * History and every other callback see the same numbers on every rank.
   */
  averageMetrics(): tf.Callback {
    return new AverageMetrics();
  },

  /**
   * Raises the learning rate linearly, step by step, from `initialScale` (default 1 / size()) times
   * the optimizer's to all of it over the first `epochs` (default 5). For every tfjs optimizer.
   *
   * Throws `argument_invalid`, also at train begin where the steps of an epoch are not known.
   */
  learningRateWarmup(options: LearningRateWarmupOptions = {}): tf.Callback {
    return new LearningRateWarmup(options);
  },

  /**
   * Sets the learning rate before each step to what `schedule(epoch, { step, learningRate })`
   * returns; `learningRate` is the optimizer's at train begin. Beside a warm-up, the warm-up's
   * factor multiplies it. For every tfjs optimizer.
   */
  learningRateSchedule(schedule: LearningRateFunction): tf.Callback {
    return new LearningRateSchedule(schedule);
  },
} as const;
