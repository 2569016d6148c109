import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";

/** Throws where ranks have trained apart: what they reach is then no figure of theirs together. */
export function checkSameWeights(model: tf.LayersModel | undefined): void {
  const sum = weightSum(model);
  const max = (value: number): number =>
    kolo.allReduceSync(tf.scalar(value), { op: "max", name: "weights" }).dataSync()[0] ?? NaN;
  if (max(sum) !== -max(-sum)) throw new Error("ranks' weights differ");
}

/** The same bits where the weights have the same bits; other weights all but surely have others. */
function weightSum(model: tf.LayersModel | undefined): number {
  return tf.tidy(() => tf.addN((model?.getWeights() ?? []).map((w) => w.sum())).dataSync()[0] ?? 0);
}
