/** How long the rest will take, from how long the steps so far took: all of them, pauses included. */
import { type TrainingProgress } from "@kolo/rendezvous";

export class Pace {
  #first: { readonly steps: number; readonly atMs: number } | undefined;

  /** Milliseconds to the end of the last epoch; undefined where that cannot be known (yet). */
  observe(progress: TrainingProgress, nowMs: number): number | undefined {
    const { epoch, epochs, step, stepsPerEpoch } = progress;
    if (stepsPerEpoch <= 0 || epochs <= 0) return undefined;
    const steps = (epoch - 1) * stepsPerEpoch + step;
    // A second fit() starts again from its first step.
    if (this.#first === undefined || steps < this.#first.steps) {
      this.#first = { steps, atMs: nowMs };
    }
    const done = steps - this.#first.steps;
    if (done === 0) return undefined;
    const remaining = Math.max(0, epochs * stepsPerEpoch - steps);
    return (remaining * (nowMs - this.#first.atMs)) / done;
  }
}
