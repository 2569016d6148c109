/** The same small model under each loss and metric that tfjs knows by name. */
import * as tf from "@tensorflow/tfjs";
import { type ModelCase, stack } from "./model-case.js";

const losses = [
  "meanSquaredError",
  "meanAbsoluteError",
  "meanAbsolutePercentageError",
  "meanSquaredLogarithmicError",
  "squaredHinge",
  "hinge",
  "categoricalHinge",
  "logcosh",
  "categoricalCrossentropy",
  "binaryCrossentropy",
  "kullbackLeiblerDivergence",
  "poisson",
  "cosineProximity",
] as const;

const middle = (layers: typeof tf.layers) => [layers.dense({ units: 8, activation: "tanh" })];

export const lossModels: Readonly<Record<string, ModelCase>> = {
  ...Object.fromEntries(losses.map((loss) => [loss, stack([10], middle, { loss })])),
  sparseCategoricalCrossentropy: stack([10], middle, {
    loss: "sparseCategoricalCrossentropy",
    y: (size) => tf.floor(tf.randomUniform([size, 1], 0, 3)),
    metrics: ["accuracy", "sparseCategoricalCrossentropy"],
  }),
  "all metrics": stack([10], middle, {
    metrics: [
      "accuracy",
      "binaryAccuracy",
      "categoricalAccuracy",
      "precision",
      "categoricalCrossentropy",
      "mse",
      "mae",
      "mape",
      "cosine",
    ],
  }),
};
