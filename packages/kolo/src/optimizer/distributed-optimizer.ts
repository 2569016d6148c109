/**
 * `distributedOptimizer`: a Proxy that is the optimizer it wraps in all but `applyGradients`, which
 * first reduces the gradients over all ranks; `computeGradients` only looks at the clock. So `fit`, `fitDataset`, `trainOnBatch`, `minimize` and
 * custom loops train as before, and a model saved with its optimizer loads as the plain one.
 */
import * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { currentSession, session } from "../session.js";
import { enableStepVote, type StepVote, stepVoteOf } from "../step-vote.js";
import { checkOptions } from "../tensors/check-options.js";
import { GradientExchange, type GradientExchangeOptions } from "./gradient-exchange.js";
import { type Gradients } from "./gradient-list.js";

export interface DistributedOptimizerOptions {
  /** What becomes of the ranks' gradients. Default "average". */
  readonly op?: "average" | "sum";
  /**
   * Gradients travel in buckets of about this size. Default: what `tsrun --bucket-bytes` said, else
   * 25 MiB.
   */
  readonly bucketBytes?: number;
  /** Names the buckets in errors; to tell several optimizers apart. Default "gradients". */
  readonly name?: string;
}

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
 * where ranks have different variables, `dtype_unsupported` for gradients other than float32, and
 * the root cause where the world failed; then nothing was applied.
 * This call throws `argument_invalid`.
 */
export function distributedOptimizer<T extends tf.Optimizer>(
  inner: T,
  options: DistributedOptimizerOptions = {},
): T {
  checkOptimizer(inner);
  const checked = checkedOptions(options);

  const handler: ProxyHandler<T> = {};
  const proxy = new Proxy(inner, handler);
  const step = new DistributedStep(inner, { ...checked, vote: enableStepVote(proxy) });
  handler.get = (target, property) => {
    if (property === "applyGradients") return step.applyGradients;
    if (property === "computeGradients") return step.computeGradients;
    if (property === "dispose") return step.dispose;
    return Reflect.get(target, property, target) as unknown;
  };
  handler.set = (target, property, value: unknown) => {
    if (property === "learningRate" && "setLearningRate" in target) {
      // sgd and momentum read a tensor that only this renews.
      (target as unknown as tf.SGDOptimizer).setLearningRate(value as number);
      return true;
    }
    return Reflect.set(target, property, value, target);
  };
  return proxy;
}

class DistributedStep {
  readonly #inner: tf.Optimizer;
  readonly #vote: StepVote;
  readonly #exchange: GradientExchange;

  constructor(inner: tf.Optimizer, options: GradientExchangeOptions) {
    this.#inner = inner;
    this.#vote = options.vote;
    this.#exchange = new GradientExchange(options);
  }

  readonly applyGradients = (gradients: Gradients): void => {
    const engine = session();
    const { meter, timeline } = engine;
    const startMs = performance.now();
    const beganMs = meter.stepBeganMs ?? startMs;
    meter.computeMs += startMs - beganMs;
    timeline?.span("compute", beganMs, startMs);
    if (engine.world.size > 1) {
      this.#exchange.run(engine, gradients, this.#apply);
    } else {
      this.#vote.agreed = this.#vote.requested;
      this.#apply(gradients);
      const appliedMs = performance.now();
      meter.unpackMs += appliedMs - startMs;
      timeline?.span("apply", startMs, appliedMs);
    }
    const endMs = performance.now();
    timeline?.span("step", beganMs, endMs);
    meter.steps++;
    meter.stepBeganMs = endMs;
  };

  /** Where nothing said so before, this is where a step begins. */
  readonly computeGradients: tf.Optimizer["computeGradients"] = (f, variables) => {
    const meter = currentSession()?.meter;
    if (meter !== undefined) meter.stepBeganMs ??= performance.now();
    return this.#inner.computeGradients(f, variables);
  };

  readonly dispose = (): void => {
    this.#exchange.release(currentSession());
    this.#inner.dispose();
  };

  readonly #apply = (gradients: Gradients): void => {
    this.#inner.applyGradients(gradients);
  };
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

function checkedOptions(options: DistributedOptimizerOptions): Required<
  Omit<DistributedOptimizerOptions, "bucketBytes">
> & {
  bucketBytes: number | undefined;
} {
  checkOptions("distributedOptimizer", options, ["op", "bucketBytes", "name"]);
  const { op = "average", bucketBytes, name = "gradients" } = options;
  const ops: readonly string[] = ["average", "sum"];
  if (!ops.includes(op)) {
    throw new KoloError(
      "argument_invalid",
      `expected op of distributedOptimizer() to be average or sum, got "${op}"`,
    );
  }
  if (bucketBytes !== undefined && (!Number.isInteger(bucketBytes) || bucketBytes < 1)) {
    throw new KoloError(
      "argument_invalid",
      `expected bucketBytes of distributedOptimizer() to be a positive integer, got ${bucketBytes}`,
    );
  }
  return { op, bucketBytes, name };
}
