import * as tf from "@tensorflow/tfjs";
import { enableStepVote, type StepVote } from "../../step-vote.js";

/** y = 2x with one weight: eight examples, on which training goes down steadily. */
export function smallModel(optimizer: tf.Optimizer = tf.train.sgd(0.01)) {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: "zeros" })],
  });
  model.compile({ optimizer, loss: "meanSquaredError", metrics: ["mae"] });
  const xs = tf.tensor2d([0, 1, 2, 3, 4, 5, 6, 7], [8, 1]);
  const ys = xs.mul(2);
  return { model, xs, ys };
}

interface VotingOptions {
  /** Whether another rank wants to stop at that step, counted from 0. */
  readonly others?: (step: number) => boolean;
  /** Steps in between carry nothing, as with accumulated gradients. */
  readonly stepsPerReduction?: number;
}

/** An optimizer with a vote that its steps carry, as the distributed optimizer has. */
export function votingOptimizer(
  optimizer: tf.Optimizer = tf.train.sgd(0.01),
  { others = () => false, stepsPerReduction = 1 }: VotingOptions = {},
): { readonly optimizer: tf.Optimizer; readonly vote: StepVote; readonly steps: () => number } {
  const vote = enableStepVote(optimizer);
  const apply = optimizer.applyGradients.bind(optimizer);
  let steps = 0;
  optimizer.applyGradients = (gradients) => {
    const carries = (steps + 1) % stepsPerReduction === 0;
    if (carries) vote.agreed = vote.requested || others(steps);
    steps++;
    apply(gradients);
  };
  return { optimizer, vote, steps: () => steps };
}
