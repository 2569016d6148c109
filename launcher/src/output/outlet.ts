/**
 * Where output goes: standard output, standard error, a file. Says when to stop writing and when
 * to go on, so that a reader slower than the ranks slows them down instead of filling memory. A
 * broken outlet (`| head` that has seen enough, a full disk) is reported once and then takes and
 * drops everything.
 */
import { type Writable } from "node:stream";

export class Outlet {
  #broken = false;
  #waiting: (() => void)[] = [];

  constructor(
    readonly stream: Writable & { readonly isTTY?: boolean },
    onBroken: (error: NodeJS.ErrnoException) => void,
  ) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (this.#broken) return;
      this.#broken = true;
      this.#release();
      onBroken(error);
    });
    stream.on("drain", () => {
      this.#release();
    });
  }

  get isTerminal(): boolean {
    return this.stream.isTTY === true;
  }

  /** False: it took the bytes, and wants no more until `whenDrained` calls back. */
  write(bytes: Buffer | string): boolean {
    return this.#broken || this.stream.write(bytes);
  }

  whenDrained(callback: () => void): void {
    if (this.#broken || !this.stream.writableNeedDrain) callback();
    else this.#waiting.push(callback);
  }

  /** Resolves when all that was written has left this process, or the outlet is broken. */
  async flushed(): Promise<void> {
    if (this.#broken) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.stream.write("", () => {
        resolve();
      });
    });
  }

  /** Ends the stream. Resolves when all that was written is where it belongs, or the outlet is broken. */
  async end(): Promise<void> {
    if (this.#broken) return;
    await new Promise<void>((resolve) => {
      this.stream.end(resolve);
    });
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }
}
