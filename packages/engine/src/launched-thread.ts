/**
 * Hands the communication thread that the preload started over to `startEngine`. They are two
 * bundles with two copies of this module, so the place is a symbol of the whole process.
 */
import { type ThreadHandle } from "./thread-handle.js";

const key = Symbol.for("kolo.launched-thread");
const place = globalThis as { [key]?: ThreadHandle };

export function setLaunchedThread(thread: ThreadHandle): void {
  place[key] = thread;
}

export function launchedThread(): ThreadHandle | undefined {
  return place[key];
}
