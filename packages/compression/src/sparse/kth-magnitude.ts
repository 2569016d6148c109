/**
 * The k-th largest magnitude of floats, as their bits: of what is not negative, integers and floats have
 * the same order, and NaN comes above infinity. By three histograms (of the upper 11 bits, then of the
 * next 10 among those with the right upper ones, then of the last 10), so nothing is moved, and the worst
 * case is as fast as the best.
 */
import { inParts, type Work } from "@kolo/core";
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernel: indices are masked or checked */

export class KthMagnitude {
  readonly #histogram = new Int32Array(2048);
  /** Elements that are still to be found below the digits known so far. */
  #rank = 0;
  #magnitude = 0;

  /** What the last `find` found. */
  get magnitude(): number {
    return this.#magnitude;
  }

  /** How many of that magnitude belong to the k largest. */
  get ties(): number {
    return this.#rank;
  }

  /** Among the first `count` of `bits`, signs ignored; 1 <= k <= count. */
  *find(bits: Int32Array, count: number, k: number): Work {
    if (k < 1 || k > count || count > bits.length) {
      throw new RangeError(`expected 1 <= k <= count <= ${bits.length}, got k ${k} and ${count}`);
    }
    this.#rank = k;
    const histogram = this.#histogram;
    histogram.fill(0);
    yield* inParts(count, (start, end) => {
      for (let i = start; i < end; i++) histogram[(bits[i]! & 0x7fffffff) >>> 20]!++;
    });
    const upper = this.#digit();
    histogram.fill(0);
    yield* inParts(count, (start, end) => {
      for (let i = start; i < end; i++) {
        const magnitude = bits[i]! & 0x7fffffff;
        if (magnitude >>> 20 === upper) histogram[(magnitude >>> 10) & 0x3ff]!++;
      }
    });
    const middle = (upper << 10) | this.#digit();
    histogram.fill(0);
    yield* inParts(count, (start, end) => {
      for (let i = start; i < end; i++) {
        const magnitude = bits[i]! & 0x7fffffff;
        if (magnitude >>> 10 === middle) histogram[magnitude & 0x3ff]!++;
      }
    });
    this.#magnitude = (middle << 10) | this.#digit();
  }

  /** The digit at which, counted from the largest, the rank is reached; less what is above it. */
  #digit(): number {
    let digit = 2047;
    for (; this.#histogram[digit]! < this.#rank; digit--) this.#rank -= this.#histogram[digit]!;
    return digit;
  }
}
