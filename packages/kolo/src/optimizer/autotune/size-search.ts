/**
 * The search for good sizes, step by step; pure, without a clock. First the buckets, then, for the
 * best of them, the segments:
 *
 *   warm up ─▶ buckets, in turn ─▶ agree ─▶ segments, in turn ─▶ agree ─▶ done
 *
 * Candidates take turns, step by step, so that whatever else a machine does for a while hits all of
 * them; the first turn touches new memory, and does not count. A candidate's time is the median of the
 * others. `agree` takes what all ranks have made of their medians, so that all go on alike. Who is not clearly
 * faster than what is done now is not worth a change: two runs would rather choose alike.
 */
import { type ExchangeSizes } from "../gradient-buckets.js";
import { bucketCandidates, type Choices, segmentCandidates } from "./candidates.js";

/** Until the compiler has seen the code. */
const warmUpSteps = 10;
const turns = 5;
/** A challenger takes at most this part of the time. */
const clearlyFaster = 0.95;

export class SizeSearch {
  readonly #choices: Choices;
  #round: "buckets" | "segments" | "done";
  #best: ExchangeSizes;
  #candidates: readonly ExchangeSizes[];
  /** In turn: of the first candidate, of the second, ... */
  #samples: number[] = [];
  #steps = 0;
  #beforeMs = 0;
  #afterMs = 0;

  constructor(choices: Choices) {
    this.#choices = choices;
    this.#best = choices.now;
    this.#candidates = bucketCandidates(choices);
    const isSettled = this.#candidates.length === 1 && segmentCandidates(choices).length === 1;
    this.#round = isSettled ? "done" : "buckets";
  }

  /** What the next step is to use. */
  get sizes(): ExchangeSizes {
    return this.#candidates[this.#samples.length % this.#candidates.length] ?? this.#best;
  }

  get isDone(): boolean {
    return this.#round === "done";
  }

  /** Steps that it took. */
  get steps(): number {
    return this.#steps;
  }

  /** Milliseconds a step, on the slowest rank: before, and with what was chosen. 0 where nothing was. */
  get milliseconds(): { readonly before: number; readonly after: number } {
    return { before: this.#beforeMs, after: this.#afterMs };
  }

  /** What this rank has measured, one for each candidate, once it is time to agree. */
  get medians(): readonly number[] | undefined {
    const count = this.#candidates.length;
    if (this.isDone || this.#samples.length < turns * count) return undefined;
    const counted = this.#samples.slice(count);
    return this.#candidates.map((_, own) => median(counted.filter((_, i) => i % count === own)));
  }

  /** A step with `sizes` took so long on this rank. */
  record(milliseconds: number): void {
    if (this.#steps++ >= warmUpSteps) this.#samples.push(milliseconds);
  }

  /** Takes the medians of the slowest rank, equal on all ranks, and goes on. */
  agree(medians: readonly number[]): void {
    const [nowMs = 0] = medians;
    const fastestMs = Math.min(...medians);
    const isBetter = fastestMs <= nowMs * clearlyFaster;
    this.#best = this.#candidates[isBetter ? medians.indexOf(fastestMs) : 0] ?? this.#best;
    // What came first in the second round has been measured twice; by the ratio, both rounds count.
    if (this.#round === "buckets") this.#beforeMs = this.#afterMs = nowMs;
    if (isBetter) this.#afterMs *= fastestMs / nowMs;
    const segments = segmentCandidates({ ...this.#choices, now: this.#best });
    this.#round = this.#round === "buckets" && segments.length > 1 ? "segments" : "done";
    this.#candidates = this.isDone ? [this.#best] : segments;
    this.#samples = [];
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}
