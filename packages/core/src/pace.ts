/**
 * Long work on a thread that has more to do: sockets to read, heartbeats to send. Such work is a generator
 * that yields after each part of it how much that was, and a pace lets the event loop turn after a bounded
 * amount. Parts are cut alike whoever follows them, so what is computed does not depend on the pace.
 *
 * Work is counted, not timed, in simple passes over an element: about a nanosecond each on a current core.
 * So a stretch is some milliseconds, and some tens on a slow and busy machine, while turns cost next to
 * nothing.
 */
import { setImmediate } from "node:timers/promises";

/** Yields the work of each part, which is bounded. */
export type Work<T = void> = Generator<number, T>;

/** In one go. */
const mostWork = 2 ** 21;

export class Pace {
  readonly #turn: () => Promise<unknown>;
  readonly #mostWork: number;
  #done = 0;

  /** `turn` resolves when the event loop has turned; it is asked for once so much has been done. */
  constructor(turn: () => Promise<unknown> = setImmediate, workInOneGo = mostWork) {
    this.#turn = turn;
    this.#mostWork = workInOneGo;
  }

  /** Resolves when all of it is done, with what it returns. */
  async follow<T>(work: Work<T>): Promise<T> {
    for (;;) {
      const part = work.next();
      if (part.done === true) return part.value;
      this.#done += part.value;
      if (this.#done < this.#mostWork) continue;
      await this.#turn();
      this.#done = 0;
    }
  }
}

/** All of it at once, where nothing else waits. */
export function finish<T>(work: Work<T>): T {
  for (;;) {
    const part = work.next();
    if (part.done === true) return part.value;
  }
}

/** A part is no longer unless it is asked for. */
const partElements = 2 ** 16;

export interface PartOptions {
  /** For an element, in simple passes over it. Default 1. */
  readonly work?: number;
  /** Elements of a part. */
  readonly length?: number;
}

/** Visits elements 0 to `count` in parts, in order. */
export function* inParts(
  count: number,
  visit: (start: number, end: number) => void,
  { work = 1, length = partElements }: PartOptions = {},
): Work {
  for (let start = 0; start < count; start += length) {
    const end = Math.min(start + length, count);
    visit(start, end);
    yield (end - start) * work;
  }
}
