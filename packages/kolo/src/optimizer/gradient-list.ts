/**
 * Gradients as optimizers take them: a list (from `fit`, and with a list of variables) or a map by
 * name, either with holes where a variable had no part in the loss. Optimizers keep their state by
 * position, so a hole stays where it is.
 *
 * One of these serves all steps of an optimizer: it fills the same arrays again.
 */
import type * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";

export type Gradients = Parameters<tf.Optimizer["applyGradients"]>[0];

/** A gradient, or a hole; tfjs' types do not tell of holes. */
export type Gradient = tf.Tensor | null | undefined;

export class GradientList {
  readonly names: string[] = [];
  readonly tensors: Gradient[] = [];
  isArray = true;

  /** Throws `argument_invalid` for a tensor that was disposed, before anything is sent. */
  fill(gradients: Gradients): void {
    this.clear();
    this.isArray = Array.isArray(gradients);
    if (Array.isArray(gradients)) {
      for (const { name, tensor } of gradients) this.#add(name, tensor);
    } else {
      for (const name in gradients) this.#add(name, gradients[name]);
    }
  }

  /** Lets go of the tensors. */
  clear(): void {
    this.names.length = 0;
    this.tensors.length = 0;
  }

  #add(name: string, tensor: Gradient): void {
    if (tensor?.isDisposed === true) {
      throw new KoloError(
        "argument_invalid",
        `expected the gradient of variable "${name}" to be alive in applyGradients(); it is disposed`,
      );
    }
    this.names.push(name);
    this.tensors.push(tensor);
  }
}
