/**
 * Runs on every rank, under tsrun: all-reduces as a program calls them, through the public blocking
 * API, from the program's array and back into it.
 */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import { type AllReduce, measureAllReduce, type Ranks } from "./measure-all-reduce.js";
import { bufferOf, type Case, type MeasuringPlan } from "./measuring-plan.js";

async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? "") as MeasuringPlan;
  await kolo.init();
  const ranks: Ranks = {
    rank: kolo.rank(),
    size: kolo.size(),
    barrier: () => {
      kolo.barrierSync();
    },
    max: (values) => kolo.allReduceSync(tf.tensor1d(values), { op: "max" }).dataSync<"float32">(),
  };
  for (const one of plan.cases) {
    const samples = measureAllReduce(one, plan, ranks, throughTensors);
    if (kolo.rank() === 0) console.log(JSON.stringify(samples));
  }
  await kolo.shutdown();
}

function throughTensors({ bytes, op, dtype }: Case): AllReduce {
  const array = bufferOf(dtype, bytes / 4);
  return {
    input: array,
    output: array,
    run: () => {
      const mine = tf.tensor1d(array, dtype);
      const reduced = kolo.allReduceSync(mine, { op, name: "bench" });
      array.set(reduced.dataSync());
      mine.dispose();
      reduced.dispose();
    },
    release: () => undefined,
  };
}

void main();
