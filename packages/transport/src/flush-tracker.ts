/** Counts what a link was given and what has left, and tells who waits for that. */
import { type KoloError } from "@kolo/core";

interface Waiter {
  /** How many segments must have left. */
  readonly count: number;
  readonly resolve: () => void;
  readonly reject: (error: KoloError) => void;
}

export class FlushTracker {
  #queued = 0;
  #left = 0;
  #failure: KoloError | undefined;
  #waiters: Waiter[] = [];

  /** Segments that have not left yet. */
  get pending(): number {
    return this.#queued - this.#left;
  }

  /** One more segment is to be sent. */
  onQueued(): void {
    this.#queued++;
  }

  /** The oldest of them has left. */
  onLeft(): void {
    this.#left++;
    for (let first = this.#waiters[0]; first !== undefined; first = this.#waiters[0]) {
      if (first.count > this.#left) return;
      this.#waiters.shift();
      first.resolve();
    }
  }

  /** Nothing more will leave. The first failure counts. */
  fail(error: KoloError): void {
    this.#failure ??= error;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(this.#failure);
  }

  /** Resolves when all that is queued now has left; rejects when that will not come to pass. */
  flushed(): Promise<void> {
    if (this.#left === this.#queued) return Promise.resolve();
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ count: this.#queued, resolve, reject });
    });
  }
}
