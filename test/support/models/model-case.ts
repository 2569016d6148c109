import * as tf from "@tensorflow/tfjs";

/** tfjs' layers, or something that looks like them and counts which are used. */
export type Layers = typeof tf.layers;

/** A model to be trained on two backends, small enough to take milliseconds on the slower one. */
export interface ModelCase {
  readonly build: (layers: Layers) => tf.LayersModel;
  /** One batch of inputs. Random values come from `Math.random`, as tfjs' own do. */
  readonly x: () => tf.Tensor | tf.Tensor[];
  /** By default one of three classes for each example, as one-hot vectors. */
  readonly y?: (batchSize: number) => tf.Tensor;
  /** `categoricalCrossentropy` by default. */
  readonly loss?: string;
  readonly metrics?: readonly string[];
  /** What the gradients of the wasm backend are compared with; `cpu` by default. */
  readonly reference?: "cpu" | "finite differences";
}

export const batchSize = 4;

/** Standard normal values. */
export function normal(...shape: number[]): () => tf.Tensor {
  return () => tf.randomNormal([batchSize, ...shape]);
}

/** Integers below `limit`. */
export function tokens(limit: number, ...shape: number[]): () => tf.Tensor {
  return () => tf.randomUniform([batchSize, ...shape], 0, limit, "int32");
}

/** `middle` on inputs of a shape, and behind it a classifier of whatever comes out. */
export function stack(
  inputShape: readonly number[],
  middle: (layers: Layers) => tf.layers.Layer[],
  rest: Partial<ModelCase> = {},
): ModelCase {
  return {
    x: normal(...inputShape),
    build: (layers) => {
      const first = layers.inputLayer({ inputShape: [...inputShape] });
      const model = tf.sequential({ layers: [first, ...middle(layers)] });
      if ((model.outputs[0]?.shape.length ?? 0) > 2) model.add(layers.flatten());
      model.add(layers.dense({ units: 3, activation: "softmax" }));
      return model;
    },
    ...rest,
  };
}

/** The same for layers that have no gradient by their input, or nothing to learn: behind a dense one. */
export function behindDense(
  inputShape: readonly number[],
  units: number,
  middle: (layers: Layers) => tf.layers.Layer[],
  rest: Partial<ModelCase> = {},
): ModelCase {
  return stack(inputShape, (layers) => [layers.dense({ units }), ...middle(layers)], rest);
}
