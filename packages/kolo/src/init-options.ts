import { isSeed, KoloError, seedRange } from "@kolo/core";

export interface InitOptions {
  /**
   * The tfjs backend: "auto", "tensorflow-gpu", "tensorflow", "wasm", "cpu", or one that the program
   * has registered. Default: what `tsrun --backend` said, else "auto": what the program has set
   * already, else the best of these that is installed and works.
   */
  readonly backend?: string;
  /**
   * Makes initial weights, shuffles and dropout repeatable: an integer from 0 to 2^53 - 1, the same on
   * every rank. Until `shutdown()`, `Math.random` then follows from it and from the rank. Default: what
   * `tsrun --seed` said, else nothing is seeded.
   */
  readonly seed?: number;
  /**
   * Size of the arena, the memory in which gradients travel, in bytes; at most 4 GiB. Default 1 GiB;
   * only what is used takes memory.
   */
  readonly arenaBytes?: number;
}

const known = ["backend", "seed", "arenaBytes"] as const satisfies (keyof InitOptions)[];

/** Throws `argument_invalid`. What is wrong with a backend or an arena shows where they are made. */
export function checkInitOptions(options: InitOptions): void {
  const unknown = Object.keys(options).find((name) => !known.some((one) => one === name));
  if (unknown !== undefined) {
    throw new KoloError(
      "argument_invalid",
      `expected options of init() to be among ${known.join(", ")}, got "${unknown}"`,
    );
  }
  const { seed } = options;
  if (seed !== undefined && !isSeed(seed)) {
    throw new KoloError(
      "argument_invalid",
      `expected seed to be ${seedRange} in init(), got ${String(seed)}`,
    );
  }
}
