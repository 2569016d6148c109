/**
 * What a hook keeps from one run to the next: arrays of float32, twice. A run reads the current ones
 * and writes the next ones, which then are current; so a run whose result is not applied can be taken
 * back, also by another thread, and nothing that was to be sent later is lost with it.
 *
 *   words   current copy | updates | … | copy 0: array 0, array 1, … | copy 1: array 0, array 1, …
 *
 * Where there is error feedback, array 0 is the residual, as long as the bucket.
 */

/** A cache line. */
const headerElements = 16;

export class HookState {
  readonly #header: Int32Array;
  readonly #copies: readonly (readonly Float32Array[])[];

  /** Elements that arrays of these lengths take. */
  static elements(lengths: readonly number[]): number {
    return headerElements + 2 * lengths.reduce((sum, length) => sum + length, 0);
  }

  constructor(memory: Float32Array, lengths: readonly number[]) {
    this.#header = new Int32Array(memory.buffer, memory.byteOffset, headerElements);
    let offset = headerElements;
    this.#copies = [0, 1].map(() =>
      lengths.map((length) => memory.subarray(offset, (offset += length))),
    );
  }

  /** Whether there is such an array, and something in it. */
  has(array: number): boolean {
    return (this.#copies[0]?.[array]?.length ?? 0) > 0;
  }

  /** Runs so far that were not taken back. */
  get updates(): number {
    return this.#header[1] ?? 0;
  }

  /** As a state that was saved has them. */
  set updates(count: number) {
    this.#header[1] = count;
  }

  /** As the last run left it. */
  current(array: number): Float32Array {
    return this.#array(this.#currentCopy, array);
  }

  /** For this run to write; the whole of it. */
  next(array: number): Float32Array {
    return this.#array(1 - this.#currentCopy, array);
  }

  /** The run has written all next arrays. */
  advance(): void {
    this.#header[0] = 1 - this.#currentCopy;
    this.#header[1] = this.updates + 1;
  }

  /** Undoes the last `advance()`, which must have been the last thing. */
  takeBack(): void {
    this.#header[0] = 1 - this.#currentCopy;
    this.#header[1] = this.updates - 1;
  }

  get #currentCopy(): number {
    return this.#header[0] ?? 0;
  }

  #array(copy: number, array: number): Float32Array {
    const found = this.#copies[copy]?.[array];
    if (found === undefined) throw new RangeError(`expected array ${array} of a hook's state`);
    return found;
  }
}
