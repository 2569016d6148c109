/** Runs on every rank, under tsrun: the network through kolo's optimizer. */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import { measureTraining, type Ranks } from "./measure-training.js";
import { type MeasuringPlan } from "./measurement.js";
import { profileSteps } from "./profile/step-profile.js";
import { checkSameWeights } from "./same-weights.js";

const [planJson = "", profiled] = process.argv.slice(2);

async function main(): Promise<void> {
  await kolo.init();
  let trained: tf.LayersModel | undefined;
  const ranks: Ranks = {
    rank: kolo.rank(),
    barrier: () => {
      kolo.barrierSync();
    },
    max: (value) =>
      kolo.allReduceSync(tf.scalar(value), { op: "max", name: "slowest rank" }).dataSync()[0] ??
      NaN,
    agree: (model) => {
      trained = model;
      return kolo.broadcastVariables(model);
    },
  };
  const adam = tf.train.adam(1e-3);
  const profile = profiled === "profile" ? profileSteps(tf, adam) : undefined;
  const plan = JSON.parse(planJson) as MeasuringPlan;
  const measurement = await measureTraining(kolo.distributedOptimizer(adam), ranks, plan, profile);
  checkSameWeights(trained);
  if (kolo.rank() === 0) console.log(JSON.stringify(measurement));
  await kolo.shutdown();
}

void main();
