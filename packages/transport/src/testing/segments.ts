/** Segments for tests. */
import { elementBytes } from "@kolo/core";
import { type OutgoingSegment } from "../link.js";

/** A segment of zeros that belongs to operation 0, but for what is said otherwise. */
export function segmentOf(parts: Partial<OutgoingSegment> = {}): OutgoingSegment {
  const memory = parts.memory ?? Buffer.alloc((parts.count ?? 0) * elementBytes);
  return {
    generation: 0,
    sequence: 0,
    fingerprint: 0,
    hop: 0,
    index: 0,
    dtype: "float32",
    offset: 0,
    count: Math.floor(memory.length / elementBytes),
    description: "",
    byteOffset: 0,
    ...parts,
    memory,
  };
}
