/**
 * Gradients of several micro-batches, added up on the backend until they are exchanged together. It
 * holds one copy of the gradients, whatever the number of micro-batches.
 *
 * A micro-batch counts by its weight: the sum is Σ (weight / unit) · gradient, where the unit is the
 * weight of the first, so that nothing is multiplied where all weigh the same.
 */
import * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { GradientList, type Gradients } from "./gradient-list.js";

/** What a rank gives: unit · gradients is the sum of its micro-batches' gradients by their weights. */
export interface Contribution {
  readonly gradients: Gradients;
  readonly unit: number;
  /** Of all its micro-batches together. */
  readonly weight: number;
}

export class GradientWindow {
  readonly #incoming = new GradientList();
  #names: readonly string[] = [];
  #sums: (tf.Tensor | undefined)[] = [];
  #isArray = true;
  #unit = 0;
  #weight = 0;
  #microBatches = 0;

  get microBatches(): number {
    return this.#microBatches;
  }

  /** Throws `argument_invalid` where these gradients are not those of the same variables. */
  add(gradients: Gradients, weight: number): void {
    const { names, tensors } = this.#incoming;
    try {
      this.#incoming.fill(gradients);
      if (this.#microBatches === 0) this.#begin();
      this.#checkNames(names);
      if (this.#unit === 0) this.#unit = weight;
      tensors.forEach((tensor, index) => {
        if (tensor != null) this.#sums[index] = this.#added(this.#sums[index], tensor, weight);
      });
      this.#weight += weight;
      this.#microBatches++;
    } finally {
      this.#incoming.clear();
    }
  }

  /** What this rank has to give, to `use`; the window is empty afterwards, whatever happens. */
  take(use: (contribution: Contribution) => void): void {
    const list = this.#names.map((name, index) => ({ name, tensor: this.#sums[index] }));
    const map = Object.fromEntries(list.map(({ name, tensor }) => [name, tensor]));
    const gradients = (this.#isArray ? list : map) as Gradients;
    try {
      use({ gradients, unit: this.#unit, weight: this.#weight });
    } finally {
      this.clear();
    }
  }

  clear(): void {
    for (const sum of this.#sums) sum?.dispose();
    this.#sums = [];
    this.#microBatches = this.#weight = this.#unit = 0;
  }

  #begin(): void {
    this.#names = [...this.#incoming.names];
    this.#sums = this.#names.map(() => undefined);
    this.#isArray = this.#incoming.isArray;
  }

  #checkNames(names: readonly string[]): void {
    const same = names.length === this.#names.length;
    if (same && names.every((name, i) => name === this.#names[i])) return;
    throw new KoloError(
      "argument_invalid",
      "expected the micro-batches of an update to have gradients of the same variables, " +
        `got those of ${this.#names.join(", ")} and then of ${names.join(", ")}`,
    );
  }

  #added(sum: tf.Tensor | undefined, gradient: tf.Tensor, weight: number): tf.Tensor {
    // Not multiplied by zero: a batch without rows may have NaN for its mean.
    if (weight === 0 && sum !== undefined) return sum;
    const next = tf.tidy(() => {
      if (weight === 0) return tf.zerosLike(gradient);
      const scaled = weight === this.#unit ? gradient : gradient.mul(weight / this.#unit);
      return sum === undefined ? scaled.clone() : sum.add(scaled);
    });
    sum?.dispose();
    // The caller's tidy must not take it away.
    return tf.keep(next);
  }
}
