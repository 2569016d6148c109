/**
 * Makes the epoch's logs those of the world, before user callbacks and History see them: one
 * all-reduce an epoch, over the sorted keys, so that ranks agree on the order.
 */
import * as tf from "@tensorflow/tfjs";
import { readLog, type TrainingLogs } from "./training-logs.js";
import { type WorldMean } from "./world-reduce.js";

/** In place. The unweighted mean over ranks, in float32; scalars become numbers and are disposed. */
export async function averageLogs(logs: TrainingLogs, worldMean: WorldMean): Promise<void> {
  const entries = Object.entries(logs).sort(([a], [b]) => (a < b ? -1 : 1));
  const values = await Promise.all(entries.map(([, value]) => readLog(value)));
  const names = entries.map(([name]) => name);
  const means = await worldMean(Float32Array.from(values), `average metrics ${names.join(", ")}`);
  entries.forEach(([name, value], i) => {
    if (typeof value !== "number") value.dispose();
    logs[name] = means[i] ?? NaN;
  });
}

/** kolo's first callback, where the user asked for `averageMetrics()`. */
export class AverageLogs extends tf.Callback {
  readonly #worldMean: WorldMean;

  constructor(worldMean: WorldMean) {
    super();
    this.#worldMean = worldMean;
  }

  override async onEpochEnd(_epoch: number, logs: TrainingLogs = {}): Promise<void> {
    await averageLogs(logs, this.#worldMean);
  }
}
