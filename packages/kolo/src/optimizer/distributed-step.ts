/**
 * What an update of a distributed optimizer is: micro-batches add up, the ranks' sums are exchanged,
 * the result is finished (clipped, or left out) and applied by the optimizer inside.
 */
import type * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { type Engine } from "@kolo/engine";
import { currentSession, session } from "../session.js";
import { type StepVote } from "../step-vote.js";
import { queueOf } from "../tensors/collective-queue.js";
import { finishing } from "../tensors/steps.js";
import {
  fromTensors,
  manifestOfState,
  type NamedTensor,
  toTensors,
} from "./compression-checkpoint.js";
import { looksAtAll } from "./finish-gradients.js";
import { GradientExchange } from "./gradient-exchange.js";
import { type Gradients } from "./gradient-list.js";
import { type Contribution, GradientWindow } from "./gradient-window.js";
import { type StepOptions } from "./step-options.js";

/** What a distributed optimizer has beside what the one inside has: for loops of your own. */
export interface DistributedControls {
  /**
   * How much this rank's next gradients count in the average: usually the number of examples they are
   * the mean of, so that the average is over examples and not over ranks. Any number from 0 on; it
   * stays until it is set again. Default: in `fit`, `fitDataset` and `trainOnBatch` the number of
   * examples of each batch, elsewhere 1. With `op: "sum"` it counts within a rank only.
   */
  weight: number | undefined;
  /**
   * Applies what micro-batches have added up, where that is less than `accumulationSteps` of them;
   * `fit` and `fitDataset` do so at the end of an epoch. Every rank must call it, with equally many
   * micro-batches. Returns whether there was anything.
   */
  flush(): boolean;
  /**
   * Exchanges gradients without applying them: returns the world's, which the caller disposes; or
   * undefined where they were only added up, or are not finite and skipped. Change them, and apply
   * them in `skipSynchronize`.
   */
  synchronize(gradients: Gradients): Gradients | undefined;
  /**
   * What compression keeps for later steps (residuals, and the velocity of `deepGradient`), to be saved
   * with the optimizer's weights; empty where it keeps nothing. It is what all ranks keep together, in
   * the units of an update, and so the same on each, for any number of ranks to go on with. Variables
   * are named without tfjs' counters. A collective: every rank must call it, also where one saves. The
   * caller disposes the tensors.
   */
  getCompressionState(): Promise<NamedTensor[]>;
  /**
   * Goes on with what `getCompressionState` gave, in place of what is kept now. A collective: every rank
   * must be given the same, else all throw `manifest_mismatch`. Throws `argument_invalid` where it is of
   * other variables; before the first step the step does, which alone knows them.
   */
  setCompressionState(state: readonly NamedTensor[]): Promise<void>;
  /**
   * Within `f`, `applyGradients` applies what it is given and exchanges nothing. `f` must not be
   * asynchronous, as what comes after its first `await` would be outside: throws `argument_invalid`.
   */
  skipSynchronize<R>(f: () => R): R;
}

type Apply = (gradients: Gradients) => void;

export class DistributedStep implements DistributedControls {
  readonly accumulationSteps: number;
  readonly vote: StepVote;
  /** How many examples are in the batch that is being trained on, where `fit` and its like say so. */
  batchExamples: (() => number | undefined) | undefined;
  /** Updates at the next gradients, though the window is not full: they are the last of an epoch. */
  endsWindow = false;
  readonly #inner: tf.Optimizer;
  readonly #options: StepOptions;
  readonly #exchange: GradientExchange;
  readonly #window = new GradientWindow();
  #weight: number | undefined;
  #skipsSynchronize = false;
  #hasWarned = false;

  constructor(inner: tf.Optimizer, options: StepOptions, vote: StepVote) {
    this.#inner = inner;
    this.#options = options;
    this.vote = vote;
    this.accumulationSteps = options.accumulationSteps;
    this.#exchange = new GradientExchange({ ...options, vote });
  }

  get weight(): number | undefined {
    return this.#weight;
  }

  /** Throws `argument_invalid`. */
  set weight(value: number | undefined) {
    if (value !== undefined && !(Number.isFinite(value) && value >= 0)) {
      throw new KoloError(
        "argument_invalid",
        `expected the weight of gradients to be a number from 0 on, got ${value}`,
      );
    }
    this.#weight = value;
  }

  readonly applyGradients = (gradients: Gradients): void => {
    if (this.#skipsSynchronize) this.#apply(gradients);
    else this.#take(gradients, this.#apply);
  };

  /** Where nothing said so before, this is where a step begins. */
  readonly computeGradients: tf.Optimizer["computeGradients"] = (f, variables) => {
    const meter = currentSession()?.meter;
    if (meter !== undefined) meter.stepBeganMs ??= performance.now();
    return this.#inner.computeGradients(f, variables);
  };

  readonly synchronize = (gradients: Gradients): Gradients | undefined => {
    let reduced: Gradients | undefined;
    this.#take(gradients, (borrowed) => {
      reduced = cloned(borrowed);
    });
    return reduced;
  };

  readonly skipSynchronize = <R>(f: () => R): R => {
    const before = this.#skipsSynchronize;
    this.#skipsSynchronize = true;
    try {
      return refusePromise(f());
    } finally {
      this.#skipsSynchronize = before;
    }
  };

  readonly getCompressionState = async (): Promise<NamedTensor[]> => {
    const engine = session();
    const state = await queueOf(engine).run(finishing(this.#exchange.collectState(engine)));
    return toTensors(state);
  };

  readonly setCompressionState = async (state: readonly NamedTensor[]): Promise<void> => {
    const engine = session();
    const given = await fromTensors(state);
    queueOf(engine).drainSync();
    engine.compareManifestSync(manifestOfState(given));
    this.#exchange.restoreState(engine, given);
  };

  readonly flush = (): boolean => {
    if (this.#window.microBatches === 0) return false;
    this.#update(session(), this.#apply);
    return true;
  };

  /** Lets go of what `fit` has told, and of micro-batches that an error kept from being applied. */
  endFit(): void {
    this.batchExamples = undefined;
    this.endsWindow = false;
    this.#window.clear();
  }

  readonly dispose = (): void => {
    this.#window.clear();
    this.#exchange.release(currentSession());
    this.#inner.dispose();
  };

  readonly #apply: Apply = (gradients) => {
    this.#inner.applyGradients(gradients);
  };

  #take(gradients: Gradients, apply: Apply): void {
    const engine = session();
    const weight = this.#weight ?? this.batchExamples?.() ?? 1;
    engine.meter.microBatches++;
    if (this.accumulationSteps === 1) {
      this.#step(engine, (exchange) => {
        exchange({ gradients, unit: weight, weight }, apply);
      });
      return;
    }
    this.#window.add(gradients, weight);
    if (this.endsWindow || this.#window.microBatches === this.accumulationSteps) {
      this.#update(engine, apply);
    }
  }

  #update(engine: Engine, apply: Apply): void {
    this.#step(engine, (exchange) => {
      this.#window.take((contribution) => {
        exchange(contribution, apply);
      });
    });
  }

  /** With the clock around it. */
  #step(
    engine: Engine,
    run: (exchange: (contribution: Contribution, apply: Apply) => void) => void,
  ): void {
    const { meter, timeline } = engine;
    const startMs = performance.now();
    const beganMs = meter.stepBeganMs ?? startMs;
    meter.computeMs += startMs - beganMs;
    timeline?.span("compute", beganMs, startMs);
    run((contribution, apply) => {
      if (this.#isPlain(engine)) this.#applyAlone(engine, contribution, apply);
      else if (!this.#exchange.run(engine, contribution, apply)) this.#skipped(engine);
    });
    const endMs = performance.now();
    timeline?.span("step", beganMs, endMs);
    meter.steps++;
    meter.stepBeganMs = endMs;
  }

  /** Whether this rank's gradients are applied as they are. */
  #isPlain({ world }: Engine): boolean {
    if (world.size > 1 || this.accumulationSteps > 1 || looksAtAll(this.#options)) return false;
    return !this.#options.compression.mayActAlone;
  }

  #applyAlone({ meter, timeline }: Engine, { gradients }: Contribution, apply: Apply): void {
    const startMs = performance.now();
    this.vote.agreed = this.vote.requested;
    apply(gradients);
    const endMs = performance.now();
    meter.unpackMs += endMs - startMs;
    timeline?.span("apply", startMs, endMs);
  }

  #skipped({ meter, logger, world }: Engine): void {
    meter.skippedSteps++;
    if (this.#hasWarned || world.rank !== 0) return;
    this.#hasWarned = true;
    logger.warn(
      `step ${meter.steps}: the gradients of all ranks together are not finite; no rank applies ` +
        "them, nor later ones like them (skipNonFinite)",
    );
  }
}

function refusePromise<R>(result: R): R {
  if (!(result instanceof Promise)) return result;
  // Whatever becomes of it, the program is told of this.
  result.catch(() => undefined);
  throw new KoloError(
    "argument_invalid",
    "expected a function that is not async in skipSynchronize(), got a Promise: after an await, " +
      "applyGradients() would exchange again",
  );
}

const steps = new WeakMap<object, DistributedStep>();

export function setDistributedStep(optimizer: object, step: DistributedStep): void {
  steps.set(optimizer, step);
}

/** Undefined where the optimizer is not distributed. */
export function distributedStepOf(optimizer: object): DistributedStep | undefined {
  return steps.get(optimizer);
}

/** Micro-batches that make an update. */
export function accumulationStepsOf(optimizer: object): number {
  return distributedStepOf(optimizer)?.accumulationSteps ?? 1;
}

function cloned(gradients: Gradients): Gradients {
  if (Array.isArray(gradients)) {
    // There are holes, whatever the type says.
    return gradients.map(({ name, tensor }) => ({
      name,
      tensor: (tensor as tf.Tensor | undefined)?.clone(),
    })) as Gradients;
  }
  const entries = Object.entries(gradients) as [string, tf.Tensor | undefined][];
  return Object.fromEntries(entries.map(([name, tensor]) => [name, tensor?.clone()])) as Gradients;
}
