/**
 * The few shared words by which the two threads of a rank know of each other without messages:
 * a blocked main thread runs no event handler, so everything it must learn is here.
 *
 *   state      of the communication thread
 *   events     counts whatever may end a wait: a completion, a change of state
 *   completed  per slot: how often its operation has completed
 *
 * Where the ranks of a host share memory, operations go to a thread of their own, which blocks, and
 * takes them from here:
 *
 *   sharing    1 where that is so
 *   submitted  counts operations that the main thread gave it; their ids are in a ring
 *   finished   counts those that are done
 *   carried    counts the parts of them that went over links, which the communication thread carries
 */
export const threadState = { starting: 0, ready: 1, failed: 2, closed: 3 } as const;

/** Operations that may be prepared at once. */
export const maxSlots = 16_384;

const word = {
  state: 0,
  events: 1,
  sharing: 2,
  submitted: 3,
  finished: 4,
  carried: 5,
  firstSlot: 16,
  ring: 16 + maxSlots,
  count: 16 + 2 * maxSlots,
} as const;
/** Doubles after the words: when the thread began or ended an operation, and what it moved. */
const double = { changedMs: 0, bytes: 1, count: 2 } as const;

/** Longer than this a thread does not sleep, lest it miss that all is over. */
const sliceMs = 250;

export class ControlBlock {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;

  constructor(buffer = new SharedArrayBuffer(word.count * 4 + double.count * 8)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, word.count);
    this.#doubles = new Float64Array(buffer, word.count * 4, double.count);
  }

  get state(): number {
    return Atomics.load(this.#words, word.state);
  }

  set state(next: number) {
    Atomics.store(this.#words, word.state, next);
    this.wake();
    Atomics.notify(this.#words, word.submitted);
    Atomics.notify(this.#words, word.carried);
  }

  /** Nothing runs any more. */
  get isOver(): boolean {
    return this.state === threadState.failed || this.state === threadState.closed;
  }

  get events(): number {
    return Atomics.load(this.#words, word.events);
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

  get isSharing(): boolean {
    return Atomics.load(this.#words, word.sharing) === 1;
  }

  /** Before the state is ready. */
  share(): void {
    Atomics.store(this.#words, word.sharing, 1);
  }

  get submitted(): number {
    return Atomics.load(this.#words, word.submitted);
  }

  get finished(): number {
    return Atomics.load(this.#words, word.finished);
  }

  /** When the operation that runs was begun or waited for, or the last one ended, on `monotonicMs`. */
  get changedMs(): number {
    return this.#doubles[double.changedMs] ?? 0;
  }

  /** Payload bytes moved between ranks by way of shared memory. */
  get sharedBytes(): number {
    return this.#doubles[double.bytes] ?? 0;
  }

  /** Gives an operation to the thread that shares memory. */
  submit(id: number): void {
    const index = Atomics.load(this.#words, word.submitted);
    // The thread may take a while to begin: it is still starting at the first one.
    if (index === this.finished) this.begin();
    this.#words[word.ring + ((index >>> 0) % maxSlots)] = id;
    Atomics.add(this.#words, word.submitted, 1);
    Atomics.notify(this.#words, word.submitted);
  }

  /** The id of the n-th submission, as long as not maxSlots others have followed. */
  submission(index: number): number {
    return this.#words[word.ring + ((index >>> 0) % maxSlots)] ?? 0;
  }

  /** Blocks until there are more submissions than `taken`; false once all is over. */
  awaitSubmission(taken: number, spins: number): boolean {
    for (let spin = 0; spin < spins; spin++) if (this.submitted !== taken) return true;
    while (this.submitted === taken) {
      if (this.isOver) return false;
      Atomics.wait(this.#words, word.submitted, taken, sliceMs);
    }
    return !this.isOver;
  }

  /** What was handed over has been carried. */
  carry(): void {
    Atomics.add(this.#words, word.carried, 1);
    Atomics.notify(this.#words, word.carried);
  }

  /** Blocks until so many have been carried; false once all is over. */
  awaitCarried(count: number): boolean {
    for (;;) {
      const carried = Atomics.load(this.#words, word.carried);
      if (((carried - count) | 0) >= 0) return true;
      if (this.isOver) return false;
      Atomics.wait(this.#words, word.carried, carried, sliceMs);
    }
  }

  /** The thread begins with the next operation. */
  begin(): void {
    this.#doubles[double.changedMs] = monotonicMs();
  }

  /** It has ended, and `sharedBytes` is what all have moved. */
  finish(slot: number, sharedBytes: number): void {
    this.#doubles[double.changedMs] = monotonicMs();
    this.#doubles[double.bytes] = sharedBytes;
    Atomics.add(this.#words, word.finished, 1);
    this.complete(slot);
  }
}

/** The same on every thread of the process. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
