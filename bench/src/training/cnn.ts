/**
 * The network that is measured: what a first tutorial trains on MNIST, 225,034 parameters. The batch
 * is the same at every step, so that only training is measured and not the reading of images.
 */
import * as tf from "@tensorflow/tfjs";

/** Images per rank and step. */
export const batchSize = 64;

export function mnistCnn(optimizer: tf.Optimizer): tf.LayersModel {
  const { conv2d, dense, flatten, maxPooling2d } = tf.layers;
  const model = tf.sequential({
    layers: [
      conv2d({ inputShape: [28, 28, 1], filters: 32, kernelSize: 3, activation: "relu" }),
      maxPooling2d({ poolSize: 2 }),
      conv2d({ filters: 64, kernelSize: 3, activation: "relu" }),
      maxPooling2d({ poolSize: 2 }),
      flatten(),
      dense({ units: 128, activation: "relu" }),
      dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.compile({ optimizer, loss: "categoricalCrossentropy" });
  return model;
}

/** Noise with labels at random, another one for each seed: learned by heart, step by step. */
export function noiseBatch(seed: number): { images: tf.Tensor; labels: tf.Tensor } {
  const images = tf.randomUniform([batchSize, 28, 28, 1], 0, 1, "float32", seed);
  const digits = tf.randomUniform([batchSize], 0, 10, "float32", seed).floor().toInt();
  return { images, labels: tf.oneHot(digits, 10) };
}
