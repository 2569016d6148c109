/**
 * Operations run one after the other, in the order in which the main thread started them; that
 * order is the same on every rank. The queue also knows how far it is, for heartbeats and for
 * messages about stalls.
 */
import { type Clock } from "@kolo/core";
import { type OperationProgress } from "@kolo/rendezvous";

export interface QueuedOperation {
  /** In words, for people. */
  readonly description: string;
  run(sequence: number): Promise<void>;
}

export interface OperationQueueOptions {
  readonly clock: Clock;
  /** Called when an operation begins or ends. */
  readonly onChange: () => void;
  /** Called once, when an operation fails; nothing runs afterwards. */
  readonly onFailure: (error: unknown) => void;
}

export class OperationQueue {
  readonly #options: OperationQueueOptions;
  readonly #waiting: QueuedOperation[] = [];
  #current: QueuedOperation | undefined;
  #last = "";
  #submitted = 0;
  #completed = 0;
  #changedMs: number;
  #failed = false;
  #whenIdle: (() => void)[] = [];

  constructor(options: OperationQueueOptions) {
    this.#options = options;
    this.#changedMs = options.clock.now();
  }

  submit(operation: QueuedOperation): void {
    this.#submitted++;
    this.#waiting.push(operation);
    if (this.#current === undefined) void this.#runAll();
  }

  /** Whether an operation is under way; one that failed stays so for ever. */
  get isBusy(): boolean {
    return this.#current !== undefined;
  }

  /** Resolves when everything submitted so far has completed. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#current === undefined) resolve();
      else this.#whenIdle.push(resolve);
    });
  }

  progress(): OperationProgress {
    const sinceMs = this.#options.clock.now() - this.#changedMs;
    const running = this.#current !== undefined;
    return {
      submitted: this.#submitted,
      completed: this.#completed,
      current: this.#current?.description ?? "",
      currentForMs: running ? sinceMs : 0,
      last: this.#last,
      idleForMs: running ? 0 : sinceMs,
    };
  }

  async #runAll(): Promise<void> {
    while (!this.#failed) {
      this.#current = this.#waiting.shift();
      if (this.#current === undefined) break;
      this.#change();
      try {
        await this.#current.run(this.#completed);
      } catch (error) {
        this.#failed = true;
        this.#options.onFailure(error);
        return;
      }
      this.#completed++;
      this.#last = this.#current.description;
    }
    this.#change();
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  #change(): void {
    this.#changedMs = this.#options.clock.now();
    this.#options.onChange();
  }
}
