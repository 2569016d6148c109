import { type Clock } from "@kolo/core";

/**
 * Time during which this process was awake. A coordinator that was stopped (Ctrl-Z, a laptop's lid,
 * a starved machine) finds every deadline passed although the ranks did nothing wrong; so a gap
 * between two looks at the clock counts for `longestGapMs` at most. It has to be looked at often.
 */
export class AwakeTime {
  readonly #clock: Clock;
  readonly #longestGapMs: number;
  #lookedAtMs: number;
  #awakeMs = 0;

  constructor(clock: Clock, longestGapMs: number) {
    this.#clock = clock;
    this.#longestGapMs = longestGapMs;
    this.#lookedAtMs = clock.now();
  }

  /** Milliseconds awake since the start. */
  now(): number {
    const nowMs = this.#clock.now();
    this.#awakeMs += Math.min(nowMs - this.#lookedAtMs, this.#longestGapMs);
    this.#lookedAtMs = nowMs;
    return this.#awakeMs;
  }
}
