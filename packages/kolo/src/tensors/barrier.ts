import { type Engine } from "@kolo/engine";
import { session } from "../session.js";
import { checkOptions } from "./check-options.js";
import { type CollectiveQueue, queueOf } from "./collective-queue.js";
import { startOperation, type Steps } from "./steps.js";

export interface BarrierOptions {
  /** Tells this call apart in errors; equal on all ranks. Default "barrier.N", N counts calls. */
  readonly name?: string;
}

/** Resolves when every rank has called it. Throws `not_initialized`, `operation_mismatch`. */
export async function barrier(options: BarrierOptions = {}): Promise<void> {
  const engine = session();
  const queue = queueOf(engine);
  return queue.run(meet(engine, checkedName(queue, options)));
}

/** `barrier` that blocks. */
export function barrierSync(options: BarrierOptions = {}): void {
  const engine = session();
  const queue = queueOf(engine);
  queue.runSync(meet(engine, checkedName(queue, options)));
}

function checkedName(queue: CollectiveQueue, options: BarrierOptions): string {
  checkOptions("barrier", options, ["name"]);
  return options.name ?? queue.nextName("barrier");
}

// eslint-disable-next-line require-yield -- the last operation is not waited for here
function* meet(engine: Engine, name: string): Steps<void> {
  const operation = startOperation(engine, { kind: "barrier", name }, () => undefined);
  return { operation, result: () => undefined };
}
