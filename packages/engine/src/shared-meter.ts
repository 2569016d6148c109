/**
 * The meter over shared memory: the main thread adds to it at every step, and the communication
 * thread sends it along with its heartbeats without asking. Each cell has one writer.
 */
import { hashHex } from "@kolo/core";
import { type Meter } from "./engine.js";

const cells = [
  ...(["steps", "skippedSteps", "microBatches", "sampledBatches", "samples"] as const),
  ...(["computeMs", "packMs", "waitMs", "unpackMs", "plan"] as const),
  // Of the communication thread.
  ...(["bytesSent", "bytesUncompressed"] as const),
] as const;

export interface SharedMeter extends Meter {
  readonly buffer: SharedArrayBuffer;
  /** Over links. */
  bytesSent: number;
  bytesUncompressed: number;
}

export function sharedMeter(buffer = new SharedArrayBuffer(cells.length * 8)): SharedMeter {
  const meter = {
    buffer,
    /** Of the main thread alone. */
    stepBeganMs: undefined,
    ...({} as Record<(typeof cells)[number], number>),
    get planHash(): string {
      return this.plan === 0 ? "" : hashHex(this.plan);
    },
    set planHash(hex: string) {
      this.plan = hex === "" ? 0 : Number.parseInt(hex, 16);
    },
  };
  const values = new Float64Array(buffer);
  for (const [index, cell] of cells.entries()) {
    Object.defineProperty(meter, cell, {
      enumerable: true,
      get: () => values[index],
      set: (value: number) => {
        values[index] = value;
      },
    });
  }
  return meter;
}
