/**
 * One step of the world: gradients into buckets, buckets round the ring, and the reduced gradients,
 * in the form in which they came, to whoever applies them.
 *
 * Bucket i travels while bucket i + 1 is packed, and is unpacked while bucket i + 1 is on its way.
 * Nothing is applied before everything has arrived. A step allocates only the tensors it hands over;
 * all else is planned once, and again when names, shapes or the set of connected variables change.
 * A change is compared across ranks first: ranks that differ get an error and not a wrong sum.
 *
 * An average is over everything that the ranks' micro-batches stand for: Σ weight · gradient / Σ
 * weight. Ranks multiply by weight / reference, the first bucket carries the mean of the ranks'
 * weight / reference, and what comes out is divided by that. The reference is the largest mean that
 * was seen so far. So where all weigh the same, as nearly always, nothing is multiplied or divided.
 */
import type * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { type Engine } from "@kolo/engine";
import { type StepVote } from "../step-vote.js";
import { queueOf } from "../tensors/collective-queue.js";
import { readInto, tensorFrom } from "../tensors/read-into.js";
import { clampInPlace, clipFactor, scaleInPlace, sumOfSquares } from "./finish-gradients.js";
import { GradientList, type Gradients } from "./gradient-list.js";
import { GradientPlan, type PlannedBucket, type PlanOptions } from "./gradient-plan.js";

export interface GradientExchangeOptions extends PlanOptions {
  /** Rides along in the first bucket. */
  readonly vote: StepVote;
  readonly globalClipNorm?: number;
  readonly clipValue?: number;
  readonly skipNonFinite: boolean;
}

/** What a rank gives: unit · gradients is the sum of its micro-batches' gradients by their weights. */
export interface Contribution {
  readonly gradients: Gradients;
  readonly unit: number;
  /** Of all its micro-batches together. */
  readonly weight: number;
}

export class GradientExchange {
  readonly #options: GradientExchangeOptions;
  readonly #list = new GradientList();
  #plan: GradientPlan | undefined;
  /** The same on every rank. */
  #reference = 1;

  constructor(options: GradientExchangeOptions) {
    this.#options = options;
  }

  /**
   * Blocks until the reduced gradients are there and calls `apply` with them; they are disposed when
   * it returns. False where they were not finite, and left out. The engine's meter gets the parts of
   * the time. Throws `argument_invalid` where nobody's gradients weigh anything.
   */
  run(
    engine: Engine,
    { gradients, unit, weight }: Contribution,
    apply: (reduced: Gradients) => void,
  ): boolean {
    const startMs = performance.now();
    queueOf(engine).drainSync();
    try {
      this.#list.fill(gradients);
      const plan = this.#plan?.fits(engine, this.#list) === true ? this.#plan : this.#renew(engine);
      const plannedMs = performance.now();
      engine.meter.waitMs += plannedMs - startMs;
      engine.timeline?.span("plan", startMs, plannedMs);
      const isSum = this.#options.op === "sum";
      // A sum is of the ranks' own means, whatever they weigh.
      const reference = isSum ? weight / this.#options.accumulationSteps : this.#reference;
      this.#pack(plan, weight === 0 ? 0 : unit / reference, weight / this.#reference);
      return this.#unpack(plan, apply);
    } finally {
      this.#list.clear();
    }
  }

  /** Gives the arena back what the plan has of it; a session that is over took its arena along. */
  release(engine: Engine | undefined): void {
    if (this.#plan?.engine === engine) this.#plan?.release();
    this.#plan = undefined;
  }

  #renew(engine: Engine): GradientPlan {
    this.release(engine);
    this.#plan = new GradientPlan(engine, this.#list, this.#options);
    engine.meter.planHash = this.#plan.hash;
    const { name } = this.#options;
    engine.logger.debug(`${name}: ${this.#plan.buckets.length} buckets, plan ${this.#plan.hash}`);
    return this.#plan;
  }

  #pack({ engine, buckets, tailInput }: GradientPlan, factor: number, weight: number): void {
    const startMs = performance.now();
    const { timeline } = engine;
    tailInput.set([this.#options.vote.requested ? 1 : 0, weight]);
    for (const { operation, gradients } of buckets) {
      const fromMs = timeline === undefined ? 0 : performance.now();
      for (const { index, input } of gradients) {
        if (factor !== 0) readInto(this.#list.tensors[index] as tf.Tensor, input);
        scaleInPlace(input, factor);
      }
      operation.start();
      timeline?.span("pack", fromMs, performance.now(), operation.id);
    }
    engine.meter.packMs += performance.now() - startMs;
  }

  #unpack(plan: GradientPlan, apply: (reduced: Gradients) => void): boolean {
    const { buckets, engine } = plan;
    const { meter, timeline } = engine;
    const startMs = performance.now();
    let waitMs = 0;
    let applyFromMs: number | undefined;
    const arrive = ({ operation }: PlannedBucket): void => {
      const waitFromMs = performance.now();
      operation.waitSync();
      waitMs += performance.now() - waitFromMs;
    };
    try {
      buckets.slice(0, 1).forEach(arrive);
      const factor = this.#readTail(plan);
      const finishes = this.#finishesAll;
      if (finishes) {
        buckets.forEach(arrive);
        if (!this.#finish(plan, factor)) return false;
      }
      for (const bucket of buckets) {
        arrive(bucket);
        const fromMs = performance.now();
        for (const { index, shape, output } of bucket.gradients) {
          if (!finishes) scaleInPlace(output, factor);
          plan.give(index, tensorFrom(output, shape, "float32"));
        }
        timeline?.span("unpack", fromMs, performance.now(), bucket.operation.id);
      }
      applyFromMs = performance.now();
      apply(plan.reduced);
      return true;
    } finally {
      plan.disposeReduced();
      const endMs = performance.now();
      meter.waitMs += waitMs;
      meter.unpackMs += endMs - startMs - waitMs;
      if (applyFromMs !== undefined) timeline?.span("apply", applyFromMs, endMs);
    }
  }

  /** What the reduced gradients are to be multiplied by. */
  #readTail({ tailOutput }: GradientPlan): number {
    const { vote, op } = this.#options;
    const [votes = 0, meanWeight = 0] = tailOutput;
    vote.agreed = votes > 0;
    if (op === "sum") return 1;
    if (meanWeight === 0) {
      throw new KoloError(
        "argument_invalid",
        "expected gradients of some rank to have a weight above 0, got 0 from all ranks",
      );
    }
    this.#reference = Math.max(this.#reference, this.#reference * meanWeight);
    return 1 / meanWeight;
  }

  /** Whether all gradients have to be there before any is applied. */
  get #finishesAll(): boolean {
    const { globalClipNorm, clipValue, skipNonFinite } = this.#options;
    return skipNonFinite || globalClipNorm !== undefined || clipValue !== undefined;
  }

  /** In place; false where the gradients are not to be applied. */
  #finish({ buckets }: GradientPlan, factor: number): boolean {
    const { globalClipNorm, clipValue, skipNonFinite } = this.#options;
    const outputs = buckets.flatMap(({ gradients }) => gradients.map(({ output }) => output));
    for (const output of outputs) scaleInPlace(output, factor);
    if (skipNonFinite || globalClipNorm !== undefined) {
      const norm = Math.sqrt(outputs.reduce((sum, output) => sum + sumOfSquares(output), 0));
      if (skipNonFinite && !Number.isFinite(norm)) return false;
      const clip = clipFactor(norm, globalClipNorm ?? Infinity);
      for (const output of outputs) scaleInPlace(output, clip);
    }
    if (clipValue !== undefined) for (const output of outputs) clampInPlace(output, clipValue);
    return true;
  }
}
