/**
 * How much each rank's gradients count. An average is over everything that the ranks' micro-batches
 * stand for: Σ weight · gradient / Σ weight.
 *
 * Ranks multiply by weight / reference, the first bucket carries the mean of the ranks' weight /
 * reference, and what comes out is divided by that. The reference is the largest mean that was seen so
 * far. So where all weigh the same, as nearly always, nothing is multiplied or divided.
 */
import { KoloError } from "@kolo/core";
import { type Contribution } from "./gradient-window.js";

export interface WorldWeightsOptions {
  readonly op: "average" | "sum";
  readonly accumulationSteps: number;
}

/** What a rank puts into an exchange. */
export interface Share {
  /** Its gradients are multiplied by this. */
  readonly factor: number;
  /** Its weight, as the others are told. */
  readonly weight: number;
  /** What it gives is this often the mean of its gradients. */
  readonly mean: number;
}

export class WorldWeights {
  readonly #options: WorldWeightsOptions;
  /** The same on every rank. */
  #reference = 1;

  constructor(options: WorldWeightsOptions) {
    this.#options = options;
  }

  shareOf({ unit, weight }: Contribution): Share {
    const { op, accumulationSteps } = this.#options;
    // A sum is of the ranks' own means, whatever they weigh.
    const reference = op === "sum" ? weight / accumulationSteps : this.#reference;
    return {
      factor: weight === 0 ? 0 : unit / reference,
      weight: weight / this.#reference,
      mean: weight / reference,
    };
  }

  /** What the reduced gradients are to be multiplied by. Throws `argument_invalid` for a mean of 0. */
  factorOf(meanWeight: number): number {
    if (this.#options.op === "sum") return 1;
    if (meanWeight === 0) {
      throw new KoloError(
        "argument_invalid",
        "expected gradients of some rank to have a weight above 0, got 0 from all ranks",
      );
    }
    this.#reference = Math.max(this.#reference, this.#reference * meanWeight);
    return 1 / meanWeight;
  }
}
