/** Trains the network in this process and takes the time; in a world, all ranks do so together. */
import { mnistCnn, noiseBatch, batchSize } from "./cnn.js";
import { type Measurement, type MeasuringPlan } from "./measurement.js";
import { type StepProfile } from "./profile/step-profile.js";
import type * as tf from "@tensorflow/tfjs";

/** What measuring needs of the world. */
export interface Ranks {
  readonly rank: number;
  barrier(): void;
  /** The largest of all ranks' numbers. */
  max(value: number): number;
  /** The same weights everywhere. */
  agree(model: tf.LayersModel): Promise<void>;
}

/** A step of this length is too slow to repeat: tfjs' cpu backend takes 25 s. */
const slowStepMs = 5000;

export async function measureTraining(
  optimizer: tf.Optimizer,
  ranks: Ranks,
  plan: MeasuringPlan,
  profile?: StepProfile,
): Promise<Measurement> {
  const model = mnistCnn(optimizer);
  await ranks.agree(model);
  const { images, labels } = noiseBatch(1 + ranks.rank);
  let loss = NaN;
  const train = async (steps: number): Promise<number> => {
    ranks.barrier();
    const startMs = performance.now();
    for (let step = 0; step < steps; step++) {
      profile?.beginStep();
      loss = (await model.trainOnBatch(images, labels)) as number;
      profile?.endStep();
    }
    return ranks.max(performance.now() - startMs);
  };

  const slow = (await train(1)) > slowStepMs;
  const firstLoss = loss;
  if (!slow) await train(plan.warmUpSteps);
  const { steps, repeats } = slow ? { steps: 1, repeats: 1 } : plan;
  profile?.reset();
  const repeatMs: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) repeatMs.push(await train(steps));
  // A fast step that teaches nothing is not worth a number.
  if (!(loss < firstLoss)) throw new Error(`the loss went from ${firstLoss} to ${loss}`);
  return { steps, batchSize, repeatMs, ...(profile && { profile: profile.rows() }) };
}
