/**
 * One step of the world: gradients into buckets, buckets round the ring, and the reduced gradients,
 * in the form in which they came, to whoever applies them.
 *
 * Bucket i travels while bucket i + 1 is packed, and is unpacked while bucket i + 1 is on its way.
 * Nothing is applied before everything has arrived. A step allocates only the tensors it hands over;
 * all else is planned once, and again when names, shapes or the set of connected variables change.
 * A change is compared across ranks first: ranks that differ get an error and not a wrong sum. While
 * `--autotune` looks for good sizes, a step may be cut otherwise than the one before.
 */
import type * as tf from "@tensorflow/tfjs";
import { type Engine } from "@kolo/engine";
import { type StepVote } from "../step-vote.js";
import { queueOf } from "../tensors/collective-queue.js";
import { readInto, tensorFrom } from "../tensors/read-into.js";
import { Autotune, flagsOf, mayTune } from "./autotune/autotune.js";
import { GradientList, type Gradients } from "./gradient-list.js";
import { type ExchangeSizes, GradientPlan, type PlanOptions } from "./gradient-plan.js";

const defaultBucketBytes = 25 * 2 ** 20;

export interface GradientExchangeOptions extends PlanOptions {
  /** What the program says; undefined: what tsrun was told. */
  readonly bucketBytes: number | undefined;
  /** Rides along in the last bucket. */
  readonly vote: StepVote;
}

export class GradientExchange {
  readonly #options: GradientExchangeOptions;
  readonly #list = new GradientList();
  #plan: GradientPlan | undefined;
  /** While it tries sizes. */
  #tuning: Autotune | undefined;

  constructor(options: GradientExchangeOptions) {
    this.#options = options;
  }

  /**
   * Blocks until the reduced gradients are there and calls `apply` with them; they are disposed when
   * it returns. The engine's meter gets the parts of the time.
   */
  run(engine: Engine, gradients: Gradients, apply: (reduced: Gradients) => void): void {
    const startMs = performance.now();
    queueOf(engine).drainSync();
    try {
      this.#list.fill(gradients);
      const sizes = this.#sizes(engine);
      const plan = this.#fitting(engine, sizes) ?? this.#renew(engine, sizes);
      const tuning = this.#tuning;
      tuning?.awaitAll();
      const plannedMs = performance.now();
      engine.meter.waitMs += plannedMs - startMs;
      engine.timeline?.span("plan", startMs, plannedMs);
      this.#pack(plan);
      this.#unpack(plan, (reduced) => {
        tuning?.received();
        apply(reduced);
      });
    } finally {
      this.#list.clear();
    }
  }

  /** Gives the arena back what the plan has of it; a session that is over took its arena along. */
  release(engine: Engine | undefined): void {
    if (this.#plan?.engine === engine) {
      this.#plan?.release();
      this.#tuning?.release();
    }
    this.#plan = undefined;
    this.#tuning = undefined;
  }

  /** How this step is cut. May block, where ranks have to agree on that. */
  #sizes(engine: Engine): ExchangeSizes {
    if (this.#tuning === undefined && mayTune(engine, this)) this.#tuning = this.#tune(engine);
    const sizes = this.#tuning?.nextSizes();
    if (sizes !== undefined && this.#tuning?.isDone !== true) return sizes;
    this.#tuning?.release();
    this.#tuning = undefined;
    const { bucketBytes, segmentBytes } = flagsOf(engine);
    return {
      bucketBytes: this.#options.bucketBytes ?? bucketBytes ?? defaultBucketBytes,
      segmentBytes,
    };
  }

  #tune(engine: Engine): Autotune {
    const { bucketBytes, segmentBytes } = engine.exchange;
    const fixedBytes = this.#options.bucketBytes ?? bucketBytes;
    return new Autotune(engine, {
      now: { bucketBytes: fixedBytes ?? defaultBucketBytes, segmentBytes },
      isBucketOfProgram: this.#options.bucketBytes !== undefined,
      isBucketFixed: fixedBytes !== undefined,
      isSegmentFixed: segmentBytes !== undefined || !engine.hasSegments,
      counts: this.#list.tensors.flatMap((tensor) => (tensor == null ? [] : [tensor.size])),
      size: engine.world.size,
    });
  }

  #fitting(engine: Engine, sizes: ExchangeSizes): GradientPlan | undefined {
    const plan = this.#plan;
    return plan?.isFor(engine, this.#list) === true && plan.cuts(sizes) ? plan : undefined;
  }

  #renew(engine: Engine, sizes: ExchangeSizes): GradientPlan {
    const previous = this.#plan;
    // Before another takes its place: the arena has room for one.
    if (previous?.engine === engine) previous.release();
    this.#plan = undefined;
    this.#plan = new GradientPlan(engine, this.#list, { ...this.#options, ...sizes, previous });
    engine.meter.planHash = this.#plan.hash;
    const { name } = this.#options;
    engine.logger.debug(`${name}: ${this.#plan.buckets.length} buckets, plan ${this.#plan.hash}`);
    return this.#plan;
  }

  #pack({ engine, buckets, voteInput }: GradientPlan): void {
    const startMs = performance.now();
    const { timeline } = engine;
    voteInput[0] = this.#options.vote.requested ? 1 : 0;
    for (const { operation, gradients } of buckets) {
      const fromMs = timeline === undefined ? 0 : performance.now();
      for (const { index, input } of gradients) {
        readInto(this.#list.tensors[index] as tf.Tensor, input);
      }
      operation.start();
      timeline?.span("pack", fromMs, performance.now(), operation.id);
    }
    engine.meter.packMs += performance.now() - startMs;
  }

  #unpack(plan: GradientPlan, apply: (reduced: Gradients) => void): void {
    const { vote } = this.#options;
    const { meter, timeline } = plan.engine;
    const startMs = performance.now();
    let waitMs = 0;
    let applyFromMs: number | undefined;
    try {
      for (const { operation, gradients } of plan.buckets) {
        const waitFromMs = performance.now();
        operation.waitSync();
        const waitedMs = performance.now();
        waitMs += waitedMs - waitFromMs;
        for (const { index, shape, output } of gradients) {
          plan.give(index, tensorFrom(output, shape, "float32"));
        }
        timeline?.span("unpack", waitedMs, performance.now(), operation.id);
      }
      vote.agreed = (plan.voteOutput[0] ?? 0) > 0;
      applyFromMs = performance.now();
      apply(plan.reduced);
    } finally {
      plan.disposeReduced();
      const endMs = performance.now();
      meter.waitMs += waitMs;
      meter.unpackMs += endMs - startMs - waitMs;
      if (applyFromMs !== undefined) timeline?.span("apply", applyFromMs, endMs);
    }
  }
}
