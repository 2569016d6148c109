/**
 * The shared memory of a timeline: a track for each thread of the rank, and for each operation that is
 * under way when it was submitted and in which step, which the thread that runs it could not know.
 */
import { maxSlots } from "../control-block.js";
import { defaultCapacity, trackBytes, type TrackMemory } from "./track.js";

export const threadNames = ["main", "communication", "shared memory"] as const;
export type ThreadName = (typeof threadNames)[number];

export interface TimelineMemory {
  readonly buffer: SharedArrayBuffer;
  readonly capacity: number;
}

export function createTimelineMemory(capacity = defaultCapacity): TimelineMemory {
  const bytes = threadNames.length * trackBytes(capacity) + 2 * maxSlots * 8;
  return { buffer: new SharedArrayBuffer(bytes), capacity };
}

export function trackOf({ buffer, capacity }: TimelineMemory, thread: ThreadName): TrackMemory {
  return { buffer, byteOffset: threadNames.indexOf(thread) * trackBytes(capacity), capacity };
}

/** By slot of the control block: written by the main thread before it submits. */
export class Submissions {
  readonly #us: Float64Array;
  readonly #steps: Float64Array;

  constructor({ buffer, capacity }: TimelineMemory) {
    const start = threadNames.length * trackBytes(capacity);
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
