/**
 * The shared memory of a timeline: a track for each thread of the rank, and for each operation that is
 * under way when it was submitted and in which step, which the thread that runs it could not know.
 */
import { type TraceThread, traceThreads } from "@kolo/core";
import { maxSlots } from "../control-block.js";
import { defaultCapacity, trackBytes, type TrackMemory } from "./track.js";

export interface TimelineMemory {
  readonly buffer: SharedArrayBuffer;
  readonly capacity: number;
}

export function createTimelineMemory(capacity = defaultCapacity): TimelineMemory {
  const bytes = traceThreads.length * trackBytes(capacity) + 2 * maxSlots * 8;
  return { buffer: new SharedArrayBuffer(bytes), capacity };
}

export function trackOf({ buffer, capacity }: TimelineMemory, thread: TraceThread): TrackMemory {
  return { buffer, byteOffset: traceThreads.indexOf(thread) * trackBytes(capacity), capacity };
}

/** By slot of the control block: written by the main thread before it submits. */
export class Submissions {
  readonly #us: Float64Array;
  readonly #steps: Float64Array;

  constructor({ buffer, capacity }: TimelineMemory) {
    const start = traceThreads.length * trackBytes(capacity);
    this.#us = new Float64Array(buffer, start, maxSlots);
    this.#steps = new Float64Array(buffer, start + maxSlots * 8, maxSlots);
  }

  note(slot: number, us: number, step: number): void {
    this.#us[slot] = us;
    this.#steps[slot] = step;
  }

  /** When the operation of this slot was submitted; 0 where that was before the timeline began. */
  us(slot: number): number {
    return this.#us[slot] ?? 0;
  }

  step(slot: number): number {
    return this.#steps[slot] ?? 0;
  }
}
