import { KoloError, type World } from "@kolo/core";
import { checkOptions } from "../tensors/check-options.js";
import { type Remainder } from "./plan-shard.js";

export interface ShardOptions {
  /** Examples per rank and step. The global batch is this times the number of ranks. */
  readonly batchSize: number;
  /**
   * Default true: a new order in every epoch, the same on all ranks. Tensors and arrays are shuffled
   * as a whole; Datasets and generators through a buffer of `bufferSize` examples (default 4096),
   * which every rank holds in memory.
   */
  readonly shuffle?: boolean | { readonly bufferSize: number };
  /** Of the shuffle, an integer; the same on all ranks. Default: the job's seed, else 0. */
  readonly seed?: number;
  /**
   * What becomes of examples that do not fill a global batch: "drop" (default, for training) or
   * "keep" (for evaluation): a smaller last step, or, if they are fewer than the ranks, part of the
   * step before.
   */
  readonly remainder?: Remainder;
  /** Whose part this is. Default: this rank in the world that `init()` joined. */
  readonly world?: Pick<World, "rank" | "size">;
}

export interface CheckedShardOptions {
  readonly batchSize: number;
  /** Examples in the buffer through which a stream is shuffled; 0: the order stays. */
  readonly shuffleBuffer: number;
  readonly seed: number;
  readonly remainder: Remainder;
}

const defaultShuffleBuffer = 4096;

/** Fills defaults in; throws `argument_invalid`. */
export function checkShardOptions(options: ShardOptions, defaultSeed = 0): CheckedShardOptions {
  const { batchSize, shuffle = true, seed = defaultSeed, remainder = "drop" } = options;
  checkOptions("shard", options, ["batchSize", "shuffle", "seed", "remainder", "world"]);
  expect(isCount(batchSize), "batchSize to be a positive integer", batchSize);
  expect(Number.isSafeInteger(seed), "seed to be an integer", seed);
  expect(["drop", "keep"].includes(remainder), 'remainder to be "drop" or "keep"', remainder);
  const { world } = options;
  const isRank = world === undefined || (world.rank >= 0 && world.rank < world.size);
  expect(isRank, "world to have a rank below its size", world);
  const buffer = typeof shuffle === "object" ? shuffle.bufferSize : defaultShuffleBuffer;
  expect(
    typeof shuffle === "boolean" || isCount(buffer),
    "shuffle to be true, false or { bufferSize } with a positive integer",
    shuffle,
  );
  return { batchSize, shuffleBuffer: shuffle === false ? 0 : buffer, seed, remainder };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function expect(holds: boolean, what: string, got: unknown): void {
  if (holds) return;
  throw new KoloError("argument_invalid", `expected ${what} in shard(), got ${shown(got)}`);
}

function shown(value: unknown): string {
  // JSON knows neither undefined nor NaN.
  const isPlain = typeof value === "number" || value === undefined;
  return isPlain ? String(value) : JSON.stringify(value);
}
