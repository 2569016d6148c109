/**
 * `tsrun --autotune`: tries sizes on the first steps of the optimizer that steps first, and keeps the
 * best for all optimizers. The steps are real ones; only a barrier is added, so that what is measured
 * begins when the last rank has arrived, and ends when this one has all gradients.
 */
import { formatBytes } from "@kolo/core";
import { type Engine, type PreparedOperation } from "@kolo/engine";
import { type ExchangeSizes } from "../gradient-buckets.js";
import { type Choices } from "./candidates.js";
import { SizeSearch } from "./size-search.js";

/** What tsrun might have been told instead of --autotune. */
type Flags = Partial<ExchangeSizes>;

interface Tuned {
  /** The exchange that tries sizes. */
  readonly owner: object;
  flags: Flags | undefined;
}

const tunedEngines = new WeakMap<Engine, Tuned>();

/** The flags that count for this engine: those of tsrun, or what autotune has found. */
export function flagsOf(engine: Engine): Flags {
  return tunedEngines.get(engine)?.flags ?? engine.exchange;
}

/** Whether this exchange is the one to try sizes: the first that asks, where that was wanted. */
export function mayTune(engine: Engine, exchange: object): boolean {
  if (engine.exchange.autotune !== true) return false;
  const tuned = tunedEngines.get(engine);
  if (tuned === undefined) tunedEngines.set(engine, { owner: exchange, flags: undefined });
  return tuned === undefined || (tuned.owner === exchange && tuned.flags === undefined);
}

export interface AutotuneOptions extends Choices {
  /** The program says so itself, and no flag would count. */
  readonly isBucketOfProgram: boolean;
}

export class Autotune {
  readonly #engine: Engine;
  readonly #options: AutotuneOptions;
  readonly #search: SizeSearch;
  readonly #barrier: PreparedOperation;
  #arrivedMs = 0;

  constructor(engine: Engine, options: AutotuneOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#search = new SizeSearch(options);
    this.#barrier = engine.prepare({ kind: "barrier", name: "autotune" });
    if (this.#search.isDone) this.#conclude();
  }

  get isDone(): boolean {
    return this.#search.isDone;
  }

  /** For the step that begins. May block, to agree with the other ranks. */
  nextSizes(): ExchangeSizes {
    const { medians } = this.#search;
    if (medians !== undefined) {
      this.#search.agree(this.#slowest(medians));
      if (this.#search.isDone) this.#conclude();
    }
    return this.#search.sizes;
  }

  /** Blocks until all ranks have their gradients. */
  awaitAll(): void {
    this.#barrier.start();
    this.#barrier.waitSync();
    this.#arrivedMs = performance.now();
  }

  /** This rank has the reduced gradients. */
  received(): void {
    this.#search.record(performance.now() - this.#arrivedMs);
  }

  /** Gives back what it has of the arena. */
  release(): void {
    this.#barrier.release();
  }

  /** The longest time of each over all ranks, with the same bits on every one. */
  #slowest(medians: readonly number[]): number[] {
    const operation = this.#engine.prepare({
      kind: "allReduce",
      name: "autotune/times",
      dtype: "float32",
      shape: [medians.length],
      op: "max",
      prescale: 1,
      postscale: 1,
    });
    try {
      operation.input.set(medians);
      operation.start();
      operation.waitSync();
      return [...operation.output];
    } finally {
      operation.release();
    }
  }

  #conclude(): void {
    const { sizes, steps, milliseconds } = this.#search;
    const { isBucketOfProgram } = this.#options;
    const { bucketBytes, segmentBytes } = sizes;
    const flags: Flags = isBucketOfProgram
      ? { ...this.#engine.exchange, segmentBytes }
      : { bucketBytes, segmentBytes };
    const tuned = tunedEngines.get(this.#engine);
    if (tuned !== undefined) tuned.flags = flags;
    if (this.#engine.world.rank !== 0) return;
    const { before, after } = milliseconds;
    this.#engine.logger.info(
      steps === 0
        ? `autotune had nothing to choose from: ${inWords(flags)}`
        : `autotune chose ${inWords(flags)} (the exchange took ${before.toFixed(1)} ms a step and ` +
            `takes ${after.toFixed(1)}; ${steps} steps tried)`,
    );
  }
}

/** As somebody would type them. */
function inWords({ bucketBytes, segmentBytes }: Flags): string {
  const flag = (name: string, bytes: number | undefined): string[] =>
    bytes === undefined ? [] : [`--${name} ${formatBytes(bytes).replace(" ", "")}`];
  const flags = [...flag("bucket-bytes", bucketBytes), ...flag("segment-bytes", segmentBytes)];
  return flags.length === 0 ? "no flags" : flags.join(" ");
}
