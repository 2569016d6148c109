/**
 * What the communication thread knows of the operations that the thread beside it runs: how far they
 * are, for heartbeats and for messages about stalls.
 */
import { type OperationProgress } from "@kolo/rendezvous";
import { type ControlBlock, monotonicMs } from "../control-block.js";

/** Of this many released operations the descriptions are kept: the last one done is among them. */
const keptDescriptions = 256;

export class SharedQueue {
  readonly #control: ControlBlock;
  readonly #descriptions = new Map<number, string>();
  readonly #released: number[] = [];

  constructor(control: ControlBlock) {
    this.#control = control;
  }

  /** What an operation is in words. */
  announce(id: number, description: string): void {
    this.#descriptions.set(id, description);
  }

  /** It will not run any more, but may be what ran last. */
  release(id: number): void {
    this.#released.push(id);
    if (this.#released.length <= keptDescriptions) return;
    this.#descriptions.delete(this.#released.shift() ?? id);
  }

  get isBusy(): boolean {
    return this.#control.finished !== this.#control.submitted;
  }

  /** Resolves when everything submitted so far has been done. */
  async idle(): Promise<void> {
    for (;;) {
      const seen = this.#control.events;
      if (!this.isBusy) return;
      await this.#control.wait(seen, 250);
    }
  }

  progress(): OperationProgress {
    const { submitted, finished: completed } = this.#control;
    const busy = submitted !== completed;
    const sinceMs = completed + submitted === 0 ? 0 : monotonicMs() - this.#control.changedMs;
    const at = (index: number): string =>
      this.#descriptions.get(this.#control.submission(index)) ?? "an operation";
    return {
      submitted,
      completed,
      current: busy ? at(completed) : "",
      currentForMs: busy ? sinceMs : 0,
      last: completed === 0 ? "" : at(completed - 1),
      idleForMs: busy ? 0 : sinceMs,
    };
  }
}

/** Of two queues, of which one is empty while the other has something, as one. */
export function combineProgress(
  one: OperationProgress,
  other: OperationProgress,
): OperationProgress {
  const now = isNow(one, other) ? one : other;
  return {
    ...now,
    submitted: one.submitted + other.submitted,
    completed: one.completed + other.completed,
  };
}

/** Whether the first is busy, or was so last. */
function isNow(one: OperationProgress, other: OperationProgress): boolean {
  if (one.current !== "" || other.current !== "") return one.current !== "";
  return other.last === "" || (one.last !== "" && one.idleForMs <= other.idleForMs);
}
