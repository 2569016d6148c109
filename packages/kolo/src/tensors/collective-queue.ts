/**
 * Order: ranks must start the same operations in the same order, and a program calls collectives in
 * an order that is the same everywhere, but time is not the same everywhere. Some collectives start
 * a second operation when the first is done, which may be before or after the program's next call.
 *
 * So collectives start their operations strictly in the order of calls: each begins when the one
 * before has started its last. With nothing before it, the first operation starts within the call.
 * A blocking collective first drives to their last operation those that were called before it.
 */
import { KoloError } from "@kolo/core";
import { type Engine } from "@kolo/engine";
import { type Finish, type Steps, type Wait } from "./steps.js";

type State<T> =
  | { readonly kind: "new" }
  | Waiting
  | { readonly kind: "started"; readonly finish: Finish<T> }
  | { readonly kind: "failed"; readonly error: unknown };

interface Waiting {
  readonly kind: "waiting";
  readonly wait: Wait;
  /** Somebody awaits it, and releases it afterwards, even where somebody else blocks on it too. */
  awaited: boolean;
}

class Task<T> {
  readonly #steps: Steps<T>;
  readonly #settled: () => void;
  state: State<T> = { kind: "new" };

  /** `settled` is called when the last operation was started, or nothing more will be. */
  constructor(steps: Steps<T>, settled: () => void) {
    this.#steps = steps;
    this.#settled = settled;
  }

  get pending(): boolean {
    return this.state.kind === "new" || this.state.kind === "waiting";
  }

  /** On to the next operation. */
  advance(failed?: { readonly error: unknown }): void {
    try {
      const { done, value } =
        failed === undefined ? this.#steps.next() : this.#steps.throw(failed.error);
      this.state = done
        ? { kind: "started", finish: value }
        : { kind: "waiting", wait: value, awaited: false };
    } catch (error) {
      this.state = { kind: "failed", error };
    }
    if (!this.pending) this.#settled();
  }

  get finish(): Finish<T> {
    if (this.state.kind === "started") return this.state.finish;
    if (this.state.kind === "failed") throw this.state.error;
    throw new KoloError("internal", "expected a collective to have started its last operation");
  }
}

export class CollectiveQueue {
  readonly #tasks: Task<unknown>[] = [];
  readonly #counters = new Map<string, number>();
  #pumping = false;

  /** "allReduce.0", then "allReduce.1": equal on all ranks, because they make the same calls. */
  nextName(kind: string): string {
    const count = this.#counters.get(kind) ?? 0;
    this.#counters.set(kind, count + 1);
    return `${kind}.${count}`;
  }

  /** Where nothing is ahead, the first operation has started when this returns its promise. */
  async run<T>(steps: Steps<T>): Promise<T> {
    const { finish } = await this.#enqueue(steps);
    try {
      await finish.operation?.wait();
      return finish.result();
    } finally {
      finish.operation?.release();
    }
  }

  runSync<T>(steps: Steps<T>): T {
    this.drainSync();
    const task = new Task(steps, () => undefined);
    task.advance();
    while (task.pending) blockOn(task);
    const { finish } = task;
    try {
      finish.operation?.waitSync();
      return finish.result();
    } finally {
      finish.operation?.release();
    }
  }

  /** Blocks until everything called so far has started its last operation. */
  drainSync(): void {
    for (let head = this.#tasks[0]; head !== undefined; head = this.#tasks[0]) {
      blockOn(head);
      this.#startReady();
    }
  }

  /** Resolves with the task when it has started its last operation. */
  #enqueue<T>(steps: Steps<T>): Promise<Task<T>> {
    return new Promise((resolve) => {
      const task = new Task(steps, () => {
        resolve(task);
      });
      this.#tasks.push(task);
      if (this.#tasks.length === 1) this.#startReady();
      if (this.#tasks.length > 0 && !this.#pumping) void this.#pump();
    });
  }

  /** Starts what can start without waiting. */
  #startReady(): void {
    for (let head = this.#tasks[0]; head !== undefined; head = this.#tasks[0]) {
      if (head.state.kind === "new") head.advance();
      if (head.pending) return;
      this.#tasks.shift();
    }
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    for (let head = this.#tasks[0]; head !== undefined; head = this.#tasks[0]) {
      const { state } = head;
      if (state.kind !== "waiting") break;
      state.awaited = true;
      const failed = await outcome(state.wait);
      // A blocking collective may have driven it on in the meantime.
      if (head.state === state) head.advance(failed);
      release(state.wait);
      this.#startReady();
    }
    this.#pumping = false;
  }
}

async function outcome(wait: Wait): Promise<{ error: unknown } | undefined> {
  try {
    await (wait instanceof Promise ? wait : wait.wait());
    return undefined;
  } catch (error) {
    return { error };
  }
}

function blockOn(task: Task<unknown>): void {
  const { state } = task;
  if (state.kind !== "waiting") return;
  if (state.wait instanceof Promise) {
    throw new KoloError(
      "argument_invalid",
      "expected `await kolo.broadcastVariables()` to end before the next blocking collective or " +
        "optimizer step; it was called without await",
    );
  }
  let failed: { error: unknown } | undefined;
  try {
    state.wait.waitSync();
  } catch (error) {
    failed = { error };
  }
  task.advance(failed);
  if (!state.awaited) release(state.wait);
}

function release(wait: Wait): void {
  if (!(wait instanceof Promise)) wait.release();
}

const queues = new WeakMap<Engine, CollectiveQueue>();

/** The queue of this session. */
export function queueOf(engine: Engine): CollectiveQueue {
  let queue = queues.get(engine);
  if (queue === undefined) {
    queue = new CollectiveQueue();
    queues.set(engine, queue);
  }
  return queue;
}
