import * as tf from "@tensorflow/tfjs";
import { distributedOptimizer } from "../distributed-optimizer.js";
import { type DistributedOptimizerOptions } from "../step-options.js";

/** A variable of ones with an optimizer that subtracts whatever it is given. */
export function subtracting(options: DistributedOptimizerOptions = {}, count = 2) {
  const variable = tf.variable(tf.ones([count]), true, "v");
  const optimizer = distributedOptimizer(tf.train.sgd(1), options);
  const give = (...values: number[]): void => {
    optimizer.applyGradients({ v: tf.tensor1d(values) });
  };
  const values = (): number[] => [...variable.dataSync()];
  return { optimizer, give, values };
}
