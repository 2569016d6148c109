/**
 * Runs on every rank, under tsrun: all-reduces as a program calls them, through the public blocking
 * API: from the program's array and back into it, or, after the word "tensors", from one tensor to another.
 */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import { type AllReduce, measureAllReduce, type Ranks } from "./measure-all-reduce.js";
import { bufferOf, type Case, type MeasuringPlan } from "./measuring-plan.js";

async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? "") as MeasuringPlan;
  const make = process.argv[3] === "tensors" ? betweenTensors : betweenArrays;
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
    const samples = measureAllReduce(one, plan, ranks, make);
    if (kolo.rank() === 0) console.log(JSON.stringify(samples));
  }
  await kolo.shutdown();
}

function betweenArrays({ bytes, op, dtype }: Case): AllReduce {
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

/** In the cpu backend, whose tensors are the arrays that they are made from. */
function betweenTensors({ bytes, op, dtype }: Case): AllReduce {
  const input = bufferOf(dtype, bytes / 4);
  let reduced: tf.Tensor = tf.tensor1d([]);
  return {
    input,
    get output() {
      return reduced.dataSync<typeof dtype>();
    },
    run: () => {
      const mine = tf.tensor1d(input, dtype);
      reduced.dispose();
      reduced = kolo.allReduceSync(mine, { op, name: "bench" });
      mine.dispose();
    },
    release: () => {
      reduced.dispose();
    },
  };
}

void main();
