/**
 * The learning rate of any tfjs optimizer. Sgd and momentum keep it in a tensor that only their
 * `setLearningRate` renews, and ignore their property; the other five read the property at each step.
 */
import type * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";

// Declared protected, and only on the classes.
interface Rated {
  learningRate: number;
  setLearningRate?: (learningRate: number) => void;
}

/** Throws `argument_invalid` for an optimizer that has none. */
export function getLearningRate(optimizer: tf.Optimizer): number {
  return rated(optimizer).learningRate;
}

/** From the next step on. Throws `argument_invalid` for an optimizer that has none. */
export function setLearningRate(optimizer: tf.Optimizer, learningRate: number): void {
  const target = rated(optimizer);
  if (target.learningRate === learningRate) return;
  if (target.setLearningRate !== undefined) target.setLearningRate(learningRate);
  else target.learningRate = learningRate;
}

function rated(optimizer: tf.Optimizer): Rated {
  const candidate = optimizer as unknown as Partial<Rated>;
  if (typeof candidate.learningRate === "number") return candidate as Rated;
  throw new KoloError(
    "argument_invalid",
    `expected an optimizer with a learningRate, got ${optimizer.getClassName()}`,
  );
}
