/**
 * Several all-reduces, all under way at once: while one travels, the next is packed, and the one before
 * is unpacked. The order of `parts` is that in which they run, the same on every rank.
 */
import { type AllReduce } from "@kolo/collectives";
import {
  type Elements,
  type Engine,
  type PreparedOperation,
  type PrepareOptions,
} from "@kolo/engine";
import { packAndStart, type Pending, unpackFrom } from "./steps.js";

export interface Part {
  readonly operation: AllReduce;
  readonly pack: (input: Elements) => void;
  readonly unpack: (output: Elements) => void;
}

/** All of them find their places before the first one starts: what has started cannot be taken back. */
export function startTogether(
  engine: Engine,
  parts: readonly Part[],
  options?: PrepareOptions,
): Pending {
  const started: { prepared: PreparedOperation; part: Part }[] = [];
  const release = (): void => {
    for (const { prepared } of started) prepared.release();
  };
  try {
    for (const [i, part] of parts.entries()) {
      const followed = i + 1 < parts.length;
      const operation = { ...part.operation, ...(followed && { followed }) };
      started.push({ prepared: engine.prepare(operation, options), part });
    }
    for (const { prepared, part } of started) packAndStart(engine, prepared, part.pack);
  } catch (error) {
    release();
    throw error;
  }
  return {
    waitSync: () => {
      for (const { prepared, part } of started) {
        prepared.waitSync();
        unpackFrom(engine, prepared, part.unpack);
      }
    },
    wait: async () => {
      for (const { prepared, part } of started) {
        await prepared.wait();
        unpackFrom(engine, prepared, part.unpack);
      }
    },
    release,
  };
}
