/**
 * From `performance.now()`, which is cheap and begins anew with every thread, to microseconds of the
 * monotonic clock that all threads and processes of a host share.
 */
import { monotonicMs } from "../control-block.js";

/** Of so many readings the closest counts: the thread may be interrupted in one. */
const readings = 8;

/** What to add to `performance.now() * 1000` on this thread. */
export function clockOffsetUs(): number {
  let offsetMs = 0;
  let leastMs = Infinity;
  for (let i = 0; i < readings; i++) {
    const beforeMs = performance.now();
    const hostMs = monotonicMs();
    const afterMs = performance.now();
    if (afterMs - beforeMs >= leastMs) continue;
    leastMs = afterMs - beforeMs;
    offsetMs = hostMs - (beforeMs + afterMs) / 2;
  }
  return offsetMs * 1000;
}
