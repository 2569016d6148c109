/**
 * kolo's very first callback: tells a distributed optimizer what `fit` knows of each batch. How many
 * examples it has, for the average is over examples; and whether it is the last of the epoch, so that
 * an update does not wait for micro-batches of the next one.
 *
 * Where nobody knows how long an epoch is, what is left over is applied when it has ended: after its
 * validation, and before any other callback sees the end.
 */
import * as tf from "@tensorflow/tfjs";
import { type DistributedStep } from "../optimizer/distributed-step.js";
import { stepsPerEpochOf, type TrainingLogs } from "./training-logs.js";

export class BatchSteps extends tf.Callback {
  readonly #step: DistributedStep;
  /** Not where tfjs has refused to train: another fit may be under way. */
  #hasBegun = false;

  constructor(step: DistributedStep) {
    super();
    this.#step = step;
  }

  override async onTrainBegin(): Promise<void> {
    this.#hasBegun = true;
    return Promise.resolve();
  }

  override async onBatchBegin(batch: number, logs: TrainingLogs = {}): Promise<void> {
    // `fit` writes the size into the logs of this batch only when it has cut it.
    this.#step.batchExamples = () => (typeof logs["size"] === "number" ? logs["size"] : undefined);
    this.#step.endsWindow = batch + 1 === stepsPerEpochOf(this.params);
    return Promise.resolve();
  }

  override async onEpochEnd(): Promise<void> {
    this.#step.flush();
    return Promise.resolve();
  }

  /** Not `onTrainEnd`, which tfjs leaves out where a callback or the data has thrown. */
  end(): void {
    if (this.#hasBegun) this.#step.endFit();
  }
}
