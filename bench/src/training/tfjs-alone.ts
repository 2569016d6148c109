/** The baseline: tfjs' wasm backend without kolo, with the one kernel it cannot train without. */
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { dirname } from "node:path";
import { registerFilterGradient } from "./filter-gradient.js";
import { measureTraining } from "./measure-training.js";
import { type MeasuringPlan } from "./measurement.js";

async function main(): Promise<void> {
  setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  await tf.setBackend("wasm");
  registerFilterGradient();
  const plan = JSON.parse(process.argv[2] ?? "") as MeasuringPlan;
  const alone = {
    rank: 0,
    barrier: () => undefined,
    max: (value: number) => value,
    agree: () => Promise.resolve(),
  };
  console.log(JSON.stringify(await measureTraining(tf.train.adam(1e-3), alone, plan)));
}

void main();
