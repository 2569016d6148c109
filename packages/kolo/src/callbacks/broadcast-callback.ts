import * as tf from "@tensorflow/tfjs";
import { broadcastVariables, type BroadcastVariablesOptions } from "../broadcast-variables.js";

/** Gives every rank the root's weights and optimizer state when the first fit begins. */
export class BroadcastVariables extends tf.Callback {
  readonly #options: BroadcastVariablesOptions;
  #done = false;

  constructor(options: BroadcastVariablesOptions) {
    super();
    this.#options = options;
  }

  override async onTrainBegin(): Promise<void> {
    if (this.#done) return;
    await broadcastVariables(this.model, this.#options);
    this.#done = true;
  }
}
