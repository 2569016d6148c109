/**
 * What the communication thread knows of the operations that the thread beside it runs: how far they
 * are, for heartbeats and for messages about stalls.
 */
import { type OperationProgress } from "@kolo/rendezvous";
import { type ControlBlock, monotonicMs } from "../control-block.js";

export class SharedQueue {
  readonly #control: ControlBlock;
  readonly #describe: (slot: number) => string;

  /** `describe` says in words what is in a slot. */
  constructor(control: ControlBlock, describe: (slot: number) => string) {
    this.#control = control;
    this.#describe = describe;
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
    const at = (index: number): string => this.#describe(this.#control.submission(index));
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
