/**
 * Cuts a stream of examples into this rank's batches, by the rule of plan-shard.ts, without knowing
 * how long it is: with `remainder: "keep"` the last full batch is held back until it is clear whether
 * a surplus joins it. Holds at most two batches of this rank; examples of other ranks are disposed.
 */
import { expectOneStep, type GlobalBatches } from "./plan-shard.js";

/** What is yielded belongs to the receiver; the rest is disposed, also where the stream is left. */
export async function* rowsOfRank<T>(
  examples: AsyncIterable<T>,
  batches: GlobalBatches & { readonly rank: number },
  dispose: (example: T) => void,
): AsyncGenerator<T[], void, undefined> {
  const { rank, size, batchSize, remainder } = batches;
  let held: T[] = [];
  let filling: T[] = [];
  let count = 0;
  try {
    for await (const example of examples) {
      if (count % size === rank) filling.push(example);
      else dispose(example);
      count++;
      if (count % (size * batchSize) !== 0) continue;
      const ready = remainder === "keep" ? held : filling;
      held = remainder === "keep" ? filling : [];
      filling = [];
      if (ready.length > 0) yield ready;
    }
    expectOneStep(batches, count);
    if (remainder === "drop") return;
    const isSurplus = count % (size * batchSize) < size;
    if (isSurplus) held.push(...filling.splice(0));
    const previous = held;
    held = [];
    if (previous.length > 0) yield previous;
    const last = filling;
    filling = [];
    if (last.length > 0) yield last;
  } finally {
    [...held, ...filling].forEach(dispose);
  }
}
