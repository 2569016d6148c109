/** How the steps of one exchange are cut: as the program says, else as tsrun was told or has found. */
import { type Engine } from "@kolo/engine";
import { Autotune, flagsOf, mayTune } from "./autotune/autotune.js";
import { type GradientList } from "./gradient-list.js";
import { type ExchangeSizes } from "./gradient-buckets.js";

const defaultBucketBytes = 25 * 2 ** 20;

export class SizesOfSteps {
  readonly #bucketBytes: number | undefined;
  readonly #mayTune: boolean;
  /** While it tries sizes. */
  #tuning: Autotune | undefined;

  /**
   * What the program says; undefined: what tsrun was told. What compression keeps is cut as gradients
   * are, so that those it is used for stay as they are.
   */
  constructor(bucketBytes: number | undefined, mayTune: boolean) {
    this.#bucketBytes = bucketBytes;
    this.#mayTune = mayTune;
  }

  /** Of the step that begins. May block, where ranks have to agree on that. */
  next(engine: Engine, list: GradientList): ExchangeSizes {
    if (this.#mayTune && this.#tuning === undefined && mayTune(engine, this))
      this.#tuning = this.#tune(engine, list);
    const sizes = this.#tuning?.nextSizes();
    if (sizes !== undefined && this.#tuning?.isDone !== true) return sizes;
    this.release();
    const { bucketBytes, segmentBytes } = flagsOf(engine);
    return { bucketBytes: this.#bucketBytes ?? bucketBytes ?? defaultBucketBytes, segmentBytes };
  }

  /** Before gradients are packed: blocks until all ranks have theirs, where the step is measured. */
  begin(): void {
    this.#tuning?.awaitAll();
  }

  /** All reduced gradients are there. */
  end(): void {
    this.#tuning?.received();
  }

  /** Gives back what it has of the arena. */
  release(): void {
    this.#tuning?.release();
    this.forget();
  }

  /** For where the arena is gone. */
  forget(): void {
    this.#tuning = undefined;
  }

  #tune(engine: Engine, list: GradientList): Autotune {
    const { bucketBytes, segmentBytes } = engine.exchange;
    const fixedBytes = this.#bucketBytes ?? bucketBytes;
    return new Autotune(engine, {
      now: { bucketBytes: fixedBytes ?? defaultBucketBytes, segmentBytes },
      isBucketOfProgram: this.#bucketBytes !== undefined,
      isBucketFixed: fixedBytes !== undefined,
      isSegmentFixed: segmentBytes !== undefined || !engine.hasSegments,
      counts: list.tensors.flatMap((tensor) => (tensor == null ? [] : [tensor.size])),
      size: engine.world.size,
    });
  }
}
