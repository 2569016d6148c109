/**
 * A lost peer is a symptom. The coordinator will say what killed it, and that is what the main
 * thread is to throw; only if it does not, the symptom has to do.
 *
 * While this rank is in no operation it misses nobody, and the peer may simply have finished: then
 * the coordinator alone decides. Should an operation need the peer later, that fails, and comes here.
 */
import { type Clock, type KoloError } from "@kolo/core";

/** Longer than the coordinator waits for the cause behind a symptom. */
const graceMs = 5000;

export interface SuspicionOptions {
  readonly clock: Clock;
  /** Whether this rank is in an operation. */
  readonly isWaiting: () => boolean;
  /** Tells the coordinator. */
  readonly tell: (symptom: KoloError) => void;
  /** The symptom has to do: ends this rank's part in the job. */
  readonly end: (symptom: KoloError) => void;
}

export class Suspicion {
  readonly #options: SuspicionOptions;

  constructor(options: SuspicionOptions) {
    this.#options = options;
  }

  raise(symptom: KoloError): void {
    const { clock, isWaiting, tell, end } = this.#options;
    tell(symptom);
    if (!isWaiting()) return;
    clock.after(graceMs, () => {
      end(symptom);
    });
  }
}
