/**
 * The k largest of many by magnitude, in one pass over them: a sample says about where the k-th lies,
 * what is above goes into a buffer of some 2k, and the k largest of those are the answer. The sample only
 * decides how fast that is, never what comes out:
 *
 *   threshold too low    the buffer fills up: the k largest in it stay, and raise the threshold
 *   threshold too high   fewer than k are found: once more, with a lower one
 *
 * Deep gradient compression (Lin et al., ICLR 2018) samples likewise, and corrects by counting first.
 */
import { inParts, type Work } from "@kolo/core";
import { KthMagnitude } from "./kth-magnitude.js";
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernel: indices stay below checked lengths */

/** From this part on, histograms of everything are as fast as a buffer. */
const fewestForSampling = { elements: 16384, elementsPerSelected: 8 };
const sampledPart = 0.01;
const fewestSampled = 4096;
const mostCorrections = 10;
/** In one go. */
const scannedElements = 2 ** 16;

export class LargestSelector {
  readonly #kth = new KthMagnitude();
  /** Grown to what was needed most, then kept. */
  #sample = new Int32Array(0);
  #foundIndices = new Int32Array(0);
  #foundMagnitudes = new Int32Array(0);
  #found = 0;

  /**
   * Writes the indices of the k largest into the first k of `indices`, ascending. NaN counts as larger
   * than infinity; of equal ones, those with the lower index are taken.
   */
  *select(values: Float32Array, k: number, indices: Int32Array): Work {
    const count = values.length;
    if (k < 0 || k > count || k > indices.length) {
      throw new RangeError(`expected k from 0 to ${Math.min(count, indices.length)}, got ${k}`);
    }
    const bits = new Int32Array(values.buffer, values.byteOffset, count);
    if (k === 0) return;
    if (k === count) {
      yield* inParts(k, (start, end) => {
        for (let i = start; i < end; i++) indices[i] = i;
      });
    } else if (
      count < fewestForSampling.elements ||
      count < k * fewestForSampling.elementsPerSelected
    ) {
      yield* this.#kth.find(bits, count, k);
      yield* take(bits, this.#kth.magnitude, this.#kth.ties, indices);
    } else {
      yield* this.#selectBySample(bits, k);
      const found = this.#foundIndices;
      yield* inParts(k, (start, end) => {
        indices.set(found.subarray(start, end), start);
      });
    }
  }

  *#selectBySample(bits: Int32Array, k: number): Work {
    const room = 2 * k + 1024;
    if (this.#foundIndices.length < room) {
      this.#foundIndices = new Int32Array(room);
      this.#foundMagnitudes = new Int32Array(room);
    }
    const sampled = yield* this.#takeSample(bits);
    const expected = (k * sampled) / bits.length;
    // Three standard deviations more than expected: rarely too few.
    let rank = Math.ceil(expected + 3 * Math.sqrt(expected) + 3);
    for (let corrections = 0; ; corrections++, rank *= 4) {
      let above = -1;
      if (rank <= sampled && corrections < mostCorrections) {
        yield* this.#kth.find(this.#sample, sampled, rank);
        above = this.#kth.magnitude - 1;
      }
      const found = yield* this.#collect(bits, k, above);
      if (found < k) continue;
      if (found > k) yield* this.#keepLargest(found, k);
      return;
    }
  }

  /** One of each stride, but not always the same one: rows of a matrix may be as long as a stride. */
  *#takeSample(bits: Int32Array): Work<number> {
    const sampled = Math.max(Math.ceil(bits.length * sampledPart), fewestSampled);
    if (this.#sample.length < sampled) this.#sample = new Int32Array(sampled);
    const sample = this.#sample;
    const stride = Math.floor(bits.length / sampled);
    const takePart = (start: number, end: number): void => {
      for (let i = start; i < end; i++) {
        sample[i] = bits[i * stride + ((Math.imul(i, 0x9e3779b1) >>> 16) % stride)]!;
      }
    };
    // From everywhere: none of it is in a cache.
    yield* inParts(sampled, takePart, { work: 8 });
    return sampled;
  }

  /** What is above a magnitude, or at least the k largest of it; how many that are. */
  *#collect(bits: Int32Array, k: number, above: number): Work<number> {
    const [room, count] = [this.#foundIndices.length, bits.length];
    this.#found = 0;
    for (let at = 0; at < count;) {
      const next = this.#scan(bits, at, Math.min(at + scannedElements, count), above);
      yield next - at;
      at = next;
      if (this.#found < room) continue;
      // Whatever comes after these and equals the k-th has a higher index.
      yield* this.#keepLargest(room, k);
      above = this.#kth.magnitude;
    }
    return this.#found;
  }

  /** Adds what is above a magnitude while there is room; returns where it has stopped. */
  #scan(bits: Int32Array, start: number, end: number, above: number): number {
    const [indices, magnitudes] = [this.#foundIndices, this.#foundMagnitudes];
    const room = indices.length;
    let [i, found] = [start, this.#found];
    while (i < end && found < room) {
      const magnitude = bits[i]! & 0x7fffffff;
      if (magnitude > above) {
        indices[found] = i;
        magnitudes[found++] = magnitude;
      }
      i++;
    }
    this.#found = found;
    return i;
  }

  *#keepLargest(found: number, k: number): Work {
    const [indices, magnitudes] = [this.#foundIndices, this.#foundMagnitudes];
    yield* this.#kth.find(magnitudes, found, k);
    const kth = this.#kth.magnitude;
    let [kept, ties] = [0, this.#kth.ties];
    yield* inParts(found, (start, end) => {
      let [to, tiesLeft] = [kept, ties];
      for (let i = start; i < end; i++) {
        const magnitude = magnitudes[i]!;
        if (magnitude < kth || (magnitude === kth && tiesLeft-- <= 0)) continue;
        indices[to] = indices[i]!;
        magnitudes[to++] = magnitude;
      }
      [kept, ties] = [to, tiesLeft];
    });
    this.#found = k;
  }
}

/** Indices of what is larger than the k-th, and of the first so many that equal it. */
function* take(bits: Int32Array, kth: number, ties: number, indices: Int32Array): Work {
  let [taken, left] = [0, ties];
  yield* inParts(bits.length, (start, end) => {
    let [to, tiesLeft] = [taken, left];
    for (let i = start; i < end; i++) {
      const magnitude = bits[i]! & 0x7fffffff;
      if (magnitude < kth || (magnitude === kth && tiesLeft-- <= 0)) continue;
      indices[to++] = i;
    }
    [taken, left] = [to, tiesLeft];
  });
}
