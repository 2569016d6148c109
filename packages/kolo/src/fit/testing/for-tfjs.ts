import type * as tf from "@tensorflow/tfjs";

type Trainable = Parameters<tf.LayersModel["evaluateDataset"]>[0];

/** tfjs-layers declares a Dataset class of its own, which the one of tfjs-data is not to a linter. */
export function forTfjs(dataset: object): Trainable {
  return dataset as Trainable;
}
