/**
 * Asks a host for its clock as long as its agent is there: several times at the start and at the end,
 * of which the quickest counts, and every few seconds in between.
 */
import { type Clock } from "@kolo/core";
import { type Clocked, readClocks } from "../agent/messages.js";
import { ClockLine } from "./clock-line.js";
import { clockOffsets } from "./clock-offsets.js";

export interface ClockKeeperOptions {
  readonly clock: Clock;
  /** Sends the question; the answer comes to `take`. */
  readonly ask: () => void;
}

const intervalMs = 5000;
const timesInARow = 8;

export class ClockKeeper {
  readonly line = new ClockLine();
  readonly #options: ClockKeeperOptions;
  /** Undefined while no question is on its way. */
  #askedAt: ReturnType<typeof readClocks> | undefined;
  #left = 0;
  #whenMeasured: (() => void)[] = [];
  #cancel: () => void = () => undefined;
  #closed = false;

  constructor(options: ClockKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#ask(timesInARow);
    this.#again();
  }

  /** Resolves when it has been asked for some times more, or the host is lost. */
  measure(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenMeasured.push(resolve);
      if (this.#closed) this.close();
      else this.#ask(timesInARow);
    });
  }

  take(there: Clocked): void {
    if (this.#askedAt === undefined) return;
    const middleUs = (there.received.monotonicUs + there.sent.monotonicUs) / 2;
    this.line.add(middleUs, clockOffsets(this.#askedAt, there, readClocks()));
    this.#askedAt = undefined;
    if (this.#left > 0) this.#askOnce();
    else for (const tell of this.#whenMeasured.splice(0)) tell();
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
    for (const tell of this.#whenMeasured.splice(0)) tell();
  }

  #again(): void {
    this.#cancel = this.#options.clock.after(intervalMs, () => {
      this.#ask(1);
      this.#again();
    });
  }

  #ask(times: number): void {
    if (this.#closed) return;
    this.#left = Math.max(this.#left, times);
    if (this.#askedAt === undefined) this.#askOnce();
  }

  #askOnce(): void {
    this.#left -= 1;
    this.#askedAt = readClocks();
    this.#options.ask();
  }
}
