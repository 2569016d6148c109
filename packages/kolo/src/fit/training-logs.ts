/** The logs tfjs hands to callbacks: numbers, or scalars that somebody has to read. */
import type * as tf from "@tensorflow/tfjs";

export type TrainingLogs = Record<string, number | tf.Scalar>;

export async function readLog(value: number | tf.Scalar): Promise<number> {
  if (typeof value === "number") return value;
  const [number = NaN] = await value.data();
  return number;
}

/**
 * Steps per epoch, from the params tfjs gives to callbacks: `steps` in fitDataset, where they are
 * known, `samples` and `batchSize` in fit. Undefined where nobody knows.
 */
export function stepsPerEpochOf(params: Readonly<Record<string, unknown>>): number | undefined {
  const { steps, samples, batchSize } = params;
  if (typeof steps === "number" && Number.isFinite(steps)) return steps;
  if (typeof samples === "number" && typeof batchSize === "number") {
    return Math.ceil(samples / batchSize);
  }
  return undefined;
}
