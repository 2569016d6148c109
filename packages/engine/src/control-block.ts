/**
 * The few shared words by which the two threads of a rank know of each other without messages:
 * a blocked main thread runs no event handler, so everything it must learn is here.
 *
 *   state      of the communication thread
 *   events     counts whatever may end a wait: a completion, a change of state
 *   pulse      goes up while the communication thread's event loop turns
 *   completed  per slot: how often its operation has completed
 */
export const threadState = { starting: 0, ready: 1, failed: 2, closed: 3 } as const;

/** Operations that may be prepared at once. */
export const maxSlots = 16_384;

const word = { state: 0, events: 1, pulse: 2, firstSlot: 16 } as const;

export class ControlBlock {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(buffer = new SharedArrayBuffer((word.firstSlot + maxSlots) * 4)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer);
  }

  get state(): number {
    return Atomics.load(this.#words, word.state);
  }

  set state(next: number) {
    Atomics.store(this.#words, word.state, next);
    this.wake();
  }

  get events(): number {
    return Atomics.load(this.#words, word.events);
  }

  get pulse(): number {
    return Atomics.load(this.#words, word.pulse);
  }

  beat(): void {
    Atomics.add(this.#words, word.pulse, 1);
  }

  completed(slot: number): number {
    return Atomics.load(this.#words, word.firstSlot + slot);
  }

  complete(slot: number): void {
    Atomics.add(this.#words, word.firstSlot + slot, 1);
    this.wake();
  }

  /** Ends every wait, so that the waiter looks again. */
  wake(): void {
    Atomics.add(this.#words, word.events, 1);
    Atomics.notify(this.#words, word.events);
  }

  /** Blocks until something happened since `seen` was read from `events`, or `timeoutMs` are over. */
  waitSync(seen: number, timeoutMs: number): void {
    Atomics.wait(this.#words, word.events, seen, timeoutMs);
  }

  /** The same without blocking. */
  async wait(seen: number, timeoutMs: number): Promise<void> {
    const { value } = Atomics.waitAsync(this.#words, word.events, seen, timeoutMs);
    await value;
  }
}
