/**
 * Whether a worker thread has ended, asked without an event loop: a blocked main thread gets no "exit"
 * event. A thread that has ended has no event loop any more, and then Node says -1 where it would say how
 * long that was idle. A thread that is only busy, starved or stopped for a while lives.
 */
import { type Worker } from "node:worker_threads";

/**
 * Has to be asked once before, while the worker's event loop turns: Node learns then when that began, and
 * without it takes every thread for one that has not begun.
 */
export function hasEnded(worker: Worker): boolean {
  return worker.performance.eventLoopUtilization().idle < 0;
}
