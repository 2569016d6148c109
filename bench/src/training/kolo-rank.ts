/** Runs on every rank, under tsrun: the network through kolo's optimizer. */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import { measureTraining, type Ranks } from "./measure-training.js";
import { type MeasuringPlan } from "./measurement.js";
import { profileSteps } from "./profile/step-profile.js";

const [planJson = "", profiled] = process.argv.slice(2);

async function main(): Promise<void> {
  await kolo.init();
  let trained: tf.LayersModel | undefined;
  const max = (value: number, name: string): number =>
    kolo.allReduceSync(tf.scalar(value), { op: "max", name }).dataSync()[0] ?? NaN;
  const ranks: Ranks = {
    rank: kolo.rank(),
    barrier: () => {
      kolo.barrierSync();
    },
    max: (value) => max(value, "slowest rank"),
    agree: (model) => {
      trained = model;
      return kolo.broadcastVariables(model);
    },
  };
  const adam = tf.train.adam(1e-3);
  const profile = profiled === "profile" ? profileSteps(tf, adam) : undefined;
  const plan = JSON.parse(planJson) as MeasuringPlan;
  const measurement = await measureTraining(kolo.distributedOptimizer(adam), ranks, plan, profile);
  const sum = weightSum(trained);
  if (max(sum, "weights") !== -max(-sum, "weights")) throw new Error("ranks' weights differ");
  if (kolo.rank() === 0) console.log(JSON.stringify(measurement));
  await kolo.shutdown();
}

/** The same bits where the weights have the same bits; other weights all but surely have others. */
function weightSum(model: tf.LayersModel | undefined): number {
  return tf.tidy(() => tf.addN((model?.getWeights() ?? []).map((w) => w.sum())).dataSync()[0] ?? 0);
}

void main();
