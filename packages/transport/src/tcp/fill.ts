/** A piece of memory of known length that is filled piece by piece. */
export class Fill<T extends Uint8Array = Uint8Array> {
  #buffer: T;
  #position = 0;

  constructor(buffer: T) {
    this.#buffer = buffer;
  }

  get buffer(): T {
    return this.#buffer;
  }

  get isFull(): boolean {
    return this.#position === this.#buffer.length;
  }

  /** Begins again, with this memory. */
  reset(buffer: T): void {
    this.#buffer = buffer;
    this.#position = 0;
  }

  /** Where the next bytes go. */
  rest(): Uint8Array {
    return this.#position === 0 ? this.#buffer : this.#buffer.subarray(this.#position);
  }

  /** So many bytes have been written there. */
  add(byteCount: number): void {
    if (byteCount > this.#buffer.length - this.#position) {
      throw new RangeError(`${byteCount} bytes do not fit`);
    }
    this.#position += byteCount;
  }
}
