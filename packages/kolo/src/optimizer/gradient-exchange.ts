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
import { scaleInPlace } from "../tensors/scale-in-place.js";
import { finishing, type Wait } from "../tensors/steps.js";
import { clipGradients } from "./clip-gradients.js";
import {
  type CompressionState,
  collectState,
  type GivenState,
  restoreState,
} from "./compression-state.js";
import { finishGradients, type FinishOptions, looksAtAll } from "./finish-gradients.js";
import { type ExchangeSizes, type PlannedBucket, type PlanOptions } from "./gradient-buckets.js";
import { GradientList, type Gradients } from "./gradient-list.js";
import { compareGradients, GradientPlan } from "./gradient-plan.js";
import { type Contribution } from "./gradient-window.js";
import { SizesOfSteps } from "./sizes-of-steps.js";
import { type Share, WorldWeights } from "./world-weights.js";

export interface GradientExchangeOptions extends PlanOptions, FinishOptions {
  /** What the program says; undefined: what tsrun was told. */
  readonly bucketBytes?: number;
  /** Rides along in the first bucket. */
  readonly vote: StepVote;
}

export class GradientExchange {
  readonly #options: GradientExchangeOptions;
  readonly #list = new GradientList();
  readonly #sizes: SizesOfSteps;
  readonly #weights: WorldWeights;
  #plan: GradientPlan | undefined;
  /** For the next plan to begin with. */
  #kept: GivenState | undefined;

  constructor(options: GradientExchangeOptions) {
    this.#options = options;
    this.#sizes = new SizesOfSteps(options.bucketBytes, options.compression.isNone);
    this.#weights = new WorldWeights(options);
  }

  /**
   * Blocks until the reduced gradients are there and calls `apply` with them; they are disposed when
   * it returns. False where they were not finite, and left out. The engine's meter gets the parts of
   * the time. Throws `argument_invalid` where nobody's gradients weigh anything.
   */
  run(engine: Engine, contribution: Contribution, apply: (reduced: Gradients) => void): boolean {
    const startMs = performance.now();
    queueOf(engine).drainSync();
    try {
      this.#list.fill(contribution.gradients);
      const sizes = this.#sizes.next(engine, this.#list);
      const plan = this.#fitting(engine, sizes) ?? this.#renew(engine, sizes);
      this.#sizes.begin();
      const plannedMs = performance.now();
      engine.meter.waitMs += plannedMs - startMs;
      engine.timeline?.span("plan", startMs, plannedMs);
      this.#pack(plan, this.#weights.shareOf(contribution));
      return this.#unpack(plan, apply);
    } finally {
      this.#list.clear();
    }
  }

  /** Gives the arena back what the plan has of it; a session that is over took its arena along. */
  release(engine: Engine | undefined): void {
    if (this.#plan?.engine === engine) {
      this.#plan?.release();
      this.#sizes.release();
    }
    this.#plan = undefined;
    this.#sizes.forget();
  }

  /** What compression keeps for later, of all ranks together; a collective. */
  *collectState(engine: Engine): Generator<Wait, CompressionState, void> {
    const plan = this.#plan;
    if (plan?.engine !== engine) return this.#kept?.state ?? noState;
    return yield* collectState(plan);
  }

  /**
   * In place of what is kept now; what was saved, the same on every rank. Throws `argument_invalid`
   * where it is of other variables; where none are known yet, the next run does.
   */
  restoreState(engine: Engine, state: CompressionState): void {
    const given: GivenState = { state, by: "key" };
    if (this.#plan?.engine === engine) restoreState(this.#plan, given);
    else this.#kept = given;
  }

  #fitting(engine: Engine, sizes: ExchangeSizes): GradientPlan | undefined {
    const plan = this.#plan;
    return plan?.isFor(engine, this.#list) === true && plan.cuts(sizes) ? plan : undefined;
  }

  #renew(engine: Engine, sizes: ExchangeSizes): GradientPlan {
    const previous = this.#plan;
    if (previous?.isFor(engine, this.#list) !== true) {
      compareGradients(engine, this.#list, this.#options);
    }
    if (previous?.engine === engine) {
      if (previous.keepsState) {
        const state = queueOf(engine).runSync(finishing(collectState(previous)));
        this.#kept = { state, by: "name" };
      }
      // Before another takes its place: the arena has room for one.
      previous.release();
    }
    this.#plan = undefined;
    const plan = new GradientPlan(engine, this.#list, { ...this.#options, ...sizes });
    try {
      if (this.#kept !== undefined) restoreState(plan, this.#kept);
    } catch (error) {
      plan.release();
      throw error;
    }
    this.#kept = undefined;
    this.#plan = plan;
    engine.meter.planHash = plan.hash;
    const { name, compression } = this.#options;
    const isCompressed = !compression.isNone && engine.world.size > 1;
    if (isCompressed && engine.compressionSize === 1 && engine.world.rank === 0 && !previous) {
      engine.logger.info("compression: all ranks share memory, so that nothing is compressed");
    }
    engine.logger.debug(`${name}: ${plan.buckets.length} buckets, plan ${plan.hash}`);
    return plan;
  }

  #pack({ engine, buckets, tailInput, clipped }: GradientPlan, share: Share): void {
    const startMs = performance.now();
    const { timeline } = engine;
    tailInput.set([this.#options.vote.requested ? 1 : 0, share.weight]);
    const read = ({ gradients }: PlannedBucket): void => {
      for (const { index, input } of gradients) {
        if (share.factor !== 0) readInto(this.#list.tensors[index] as tf.Tensor, input);
        scaleInPlace(input, share.factor);
      }
    };
    // Their norm is over all of them.
    if (clipped.length > 0) {
      buckets.forEach(read);
      clipGradients(clipped, { scale: share.mean, size: engine.world.size });
    }
    for (const bucket of buckets) {
      const fromMs = timeline === undefined ? 0 : performance.now();
      if (clipped.length === 0) read(bucket);
      const { operation } = bucket;
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
      const together = looksAtAll(this.#options);
      buckets.slice(0, together ? buckets.length : 1).forEach(arrive);
      const factor = this.#readTail(plan, arrive);
      if (together && !this.#finish(plan, factor)) {
        plan.takeBack();
        return false;
      }
      for (const bucket of buckets) {
        arrive(bucket);
        const fromMs = performance.now();
        for (const { index, shape, output, momentum } of bucket.gradients) {
          if (!together) {
            scaleInPlace(output, factor);
            momentum?.apply(output);
          }
          plan.give(index, tensorFrom(output, shape, "float32"));
        }
        timeline?.span("unpack", fromMs, performance.now(), bucket.operation.id);
      }
      this.#sizes.end();
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
  #readTail(plan: GradientPlan, arrive: (bucket: PlannedBucket) => void): number {
    const [votes = 0, meanWeight = 0] = plan.tailOutput;
    this.#options.vote.agreed = votes > 0;
    try {
      return this.#weights.factorOf(meanWeight);
    } catch (error) {
      // The next step starts these buckets again.
      plan.buckets.forEach(arrive);
      plan.takeBack();
      throw error;
    }
  }

  /** In place; false where the gradients are not to be applied. */
  #finish({ buckets }: GradientPlan, factor: number): boolean {
    const gradients = buckets.flatMap((bucket) => bucket.gradients);
    for (const { output, momentum } of gradients) {
      scaleInPlace(output, factor);
      momentum?.apply(output);
    }
    return finishGradients(
      gradients.map(({ output }) => output),
      this.#options,
    );
  }
}

const noState: CompressionState = { updates: 0, arrays: [] };
