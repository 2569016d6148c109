/**
 * kolo's last callback: `model.stopTraining = true` on one rank stops all of them at the same step.
 *
 * During an epoch the request waits in the vote until gradients carry it (step-vote.ts), and the step
 * that carried it is the last one, on every rank. At the end of an epoch, when callbacks such as
 * early stopping have run, one all-reduce of a number decides.
 */
import * as tf from "@tensorflow/tfjs";
import { type StepVote } from "../step-vote.js";
import { type WorldMax } from "./world-reduce.js";

export class WorldStop extends tf.Callback {
  readonly #vote: StepVote;
  readonly #worldMax: WorldMax;

  constructor(vote: StepVote, worldMax: WorldMax) {
    super();
    this.#vote = vote;
    this.#worldMax = worldMax;
  }

  override async onTrainBegin(): Promise<void> {
    this.#vote.requested = false;
    this.#vote.agreed = false;
    return Promise.resolve();
  }

  /** A request made before the step rides with that same step. */
  override async onBatchBegin(): Promise<void> {
    this.#takeRequest();
    return Promise.resolve();
  }

  override async onBatchEnd(): Promise<void> {
    this.#takeRequest();
    this.model.stopTraining = this.#vote.agreed;
    return Promise.resolve();
  }

  override async onEpochEnd(): Promise<void> {
    this.#takeRequest();
    const request = Float32Array.of(this.#vote.requested ? 1 : 0);
    const [agreed = 0] = await this.#worldMax(request, "stop training at the end of the epoch");
    this.model.stopTraining = agreed > 0;
  }

  // With accumulated gradients a step may carry nothing, so a request is kept until it is agreed.
  #takeRequest(): void {
    this.#vote.requested ||= this.model.stopTraining;
  }
}
