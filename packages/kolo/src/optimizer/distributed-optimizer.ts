/**
 * `distributedOptimizer`: a Proxy that is the optimizer it wraps in all but `applyGradients`, which
 * first reduces the gradients over all ranks; `computeGradients` only looks at the clock. So `fit`,
 * `fitDataset`, `trainOnBatch`, `minimize` and custom loops train as before, and a model saved with its
 * optimizer loads as the plain one.
 */
import * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { enableStepVote, stepVoteOf } from "../step-vote.js";
import {
  type DistributedControls,
  DistributedStep,
  setDistributedStep,
} from "./distributed-step.js";
import { checkedStepOptions, type DistributedOptimizerOptions } from "./step-options.js";

/** An optimizer whose updates are those of the world. */
export type DistributedOptimizer<T extends tf.Optimizer> = T & DistributedControls;

/**
 * Wraps any tfjs optimizer, so that every step applies the average (or sum) of all ranks' gradients.
 * Give it to `model.compile`, or call `minimize` and `applyGradients` on it; use the result and not
 * the optimizer inside any more, whose state it shares.
 *
 * `learningRate` can be set at any time on all optimizers, sgd and momentum included, which by
 * themselves ignore it. Every rank must take every step; a variable without gradient must be
 * without one on every rank.
 *
 * Steps throw `not_initialized` outside of `kolo.init()` and `kolo.shutdown()`, `manifest_mismatch`
 * where ranks have different variables, `dtype_unsupported` for gradients other than float32,
 * `argument_invalid` where no rank's gradients weigh anything, and the root cause where the world
 * failed; then nothing was applied.
 * This call throws `argument_invalid`.
 */
export function distributedOptimizer<T extends tf.Optimizer>(
  inner: T,
  options: DistributedOptimizerOptions = {},
): DistributedOptimizer<T> {
  checkOptimizer(inner);
  const checked = checkedStepOptions(options, inner.getClassName());

  const handler: ProxyHandler<T> = {};
  const proxy = new Proxy(inner, handler);
  const step = new DistributedStep(inner, checked, enableStepVote(proxy));
  setDistributedStep(proxy, step);
  handler.get = (target, property) => {
    if (isOwn(property)) return step[property];
    return Reflect.get(target, property, target) as unknown;
  };
  handler.set = (target, property, value: unknown) => {
    if (property === "weight") {
      step.weight = value as number | undefined;
      return true;
    }
    if (property === "learningRate" && "setLearningRate" in target) {
      // sgd and momentum read a tensor that only this renews.
      (target as unknown as tf.SGDOptimizer).setLearningRate(value as number);
      return true;
    }
    return Reflect.set(target, property, value, target);
  };
  return proxy as DistributedOptimizer<T>;
}

/** What is not the inner optimizer's. */
const own = [
  ...(["applyGradients", "computeGradients", "dispose"] as const),
  ...(["weight", "flush", "synchronize", "skipSynchronize"] as const),
  ...(["getCompressionState", "setCompressionState"] as const),
];

function isOwn(property: string | symbol): property is (typeof own)[number] {
  return (own as readonly (string | symbol)[]).includes(property);
}

function checkOptimizer(inner: unknown): void {
  // tfjs tells optimizers by their methods, and looks for those on whatever it is given.
  if (typeof inner !== "object" || inner === null || !(inner instanceof tf.Optimizer)) {
    throw new KoloError(
      "argument_invalid",
      "expected an optimizer in distributedOptimizer(), such as tf.train.adam(1e-3), " +
        `got ${typeof inner === "string" ? `"${inner}"` : String(inner)}`,
    );
  }
  if (stepVoteOf(inner) !== undefined) {
    throw new KoloError(
      "argument_invalid",
      "expected an optimizer that is not distributed yet in distributedOptimizer(); " +
        "this one would average its gradients twice",
    );
  }
}
