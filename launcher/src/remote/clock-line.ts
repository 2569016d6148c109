/**
 * How far another host's monotonic clock is ahead, over the time of a job: clocks are not set alike and
 * do not run alike, by some milliseconds in a minute. Pure.
 *
 * Each measurement (clock-offsets.ts) is right to half of the way there and back. One that took long says
 * less than its neighbour does even after the clocks have drifted on, and is not kept. Between those that
 * are, the clock is taken to run evenly; that may be wrong by what it can drift in half the time between.
 */
import { type ClockOffsets } from "./clock-offsets.js";

interface Knot {
  /** What the clock there showed. */
  readonly us: number;
  readonly aheadUs: number;
  readonly errorUs: number;
}

/**
 * The most that two clocks are taken to run apart, in microseconds a microsecond: crystals are good to
 * 50 in a million each.
 */
const driftRate = 1e-4;
/** Beyond, every second one goes, and from then on fewer are kept: at one in five seconds after some hours. */
const maxKnots = 4096;

export class ClockLine {
  #knots: Knot[] = [];
  /** Whatever was kept. */
  #firstUs = Infinity;
  #lastUs = -Infinity;
  #spacingUs = 0;

  /** In the order of time. `us`: what the clock there showed in the middle of the measurement. */
  add(us: number, { monotonicUs, roundTripUs }: ClockOffsets): void {
    const knot = { us, aheadUs: monotonicUs, errorUs: Math.max(roundTripUs, 0) / 2 };
    const drift = (other: Knot): number => driftRate * (us - other.us);
    this.#firstUs = Math.min(this.#firstUs, us);
    this.#lastUs = us;
    let last = this.#knots.at(-1);
    if (last !== undefined && knot.errorUs >= last.errorUs + drift(last)) return;
    while (last !== undefined && last.errorUs >= knot.errorUs + drift(last)) {
      this.#knots.pop();
      last = this.#knots.at(-1);
    }
    const beforeLast = this.#knots.at(-2);
    if (last !== undefined && beforeLast !== undefined) {
      if (last.us - beforeLast.us < this.#spacingUs) this.#knots.pop();
    }
    this.#knots.push(knot);
    if (this.#knots.length > maxKnots) this.#thinOut();
  }

  /** How far it is ahead when it shows `us`. 0 before anything was measured. */
  aheadUs(us: number): number {
    const [before, after] = this.#around(us);
    if (before === undefined || after === undefined) return (before ?? after)?.aheadUs ?? 0;
    const part = (us - before.us) / (after.us - before.us);
    return before.aheadUs + part * (after.aheadUs - before.aheadUs);
  }

  /** By how much that may be wrong, either way, between the first measurement and the last. */
  get errorUs(): number {
    const [first, last] = [this.#knots[0], this.#knots.at(-1)];
    if (first === undefined || last === undefined) return 0;
    let errorUs = Math.max(
      first.errorUs + driftRate * (first.us - this.#firstUs),
      last.errorUs + driftRate * (this.#lastUs - last.us),
    );
    let before = first;
    for (const knot of this.#knots) {
      const measuredUs = Math.max(before.errorUs, knot.errorUs);
      errorUs = Math.max(errorUs, measuredUs + (driftRate * (knot.us - before.us)) / 2);
      before = knot;
    }
    return errorUs;
  }

  /** The last knot that is not after `us`, and the next one. */
  #around(us: number): [Knot | undefined, Knot | undefined] {
    let [from, to] = [0, this.#knots.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#knots[middle]?.us ?? 0) <= us) from = middle + 1;
      else to = middle;
    }
    return [this.#knots[from - 1], this.#knots[from]];
  }

  #thinOut(): void {
    const last = this.#knots.length - 1;
    this.#spacingUs = (2 * (this.#lastUs - this.#firstUs)) / maxKnots;
    this.#knots = this.#knots.filter((_, index) => index % 2 === 0 || index === last);
  }
}
