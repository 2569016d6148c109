import { type ErrorWire } from "@kolo/core";
import { threadState } from "./control-block.js";
import { placedEnding } from "./placed/placed-ending.js";
import { type ThreadHandle } from "./thread-handle.js";

/**
 * A script may end without shutdown(): the world then learns that this rank is done, and how far. One
 * that ends badly has told its launcher already, and only stops its thread. Returns what takes this back.
 */
export function leaveAtExit(thread: ThreadHandle): () => void {
  const placed = thread.meeting === undefined ? undefined : placedEnding(thread, thread.meeting);
  const leave = (code: number): void => {
    if (thread.control.state !== threadState.closed)
      stopThread(thread, code, placed?.failure(code));
    placed?.outlast(code);
  };
  process.once("exit", leave);
  return () => {
    process.off("exit", leave);
    placed?.forget();
  };
}

function stopThread(thread: ThreadHandle, code: number, failure: ErrorWire | undefined): void {
  const { control } = thread;
  const well = code === 0 && control.state === threadState.ready;
  thread.post(
    well
      ? { type: "leave", together: false }
      : { type: "quit", ...(failure !== undefined && { failure }) },
  );
  const giveUpMs = performance.now() + (well ? 1000 : 200);
  const left = (): boolean => control.state === threadState.closed;
  while (!left() && performance.now() < giveUpMs) control.waitSync(control.events, 50);
}
