/**
 * Runs on every rank, under `tsrun -np 2 --backend wasm --timeline FILE`: the steps of which
 * docs/timeline.md has pictures. The argument says how many times as many images rank 1 has.
 */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import { mnistCnn, noiseBatch } from "../training/cnn.js";

const steps = 60;

async function main(): Promise<void> {
  await kolo.init();
  const times = kolo.rank() === 1 ? Number(process.argv[2] ?? 1) : 1;
  const model = mnistCnn(kolo.distributedOptimizer(tf.train.adam(1e-3)));
  await kolo.broadcastVariables(model);
  const batches = Array.from({ length: times }, (_, i) => noiseBatch(1 + kolo.rank() + i));
  const images = tf.concat(batches.map((batch) => batch.images));
  const labels = tf.concat(batches.map((batch) => batch.labels));
  for (let step = 0; step < steps; step++) await model.trainOnBatch(images, labels);
  await kolo.shutdown();
}

void main();
