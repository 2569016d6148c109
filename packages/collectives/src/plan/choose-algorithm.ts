/**
 * Which algorithm a collective over links takes: few hops for a small buffer, few bytes for a large
 * one. All ranks come to the same choice, since it depends on the operation and the world alone.
 * The switch point was measured: docs/algorithms.md has the tables.
 */
import { elementBytes } from "@kolo/core";
import { type Algorithm, type Operation } from "../operation.js";
import { total } from "./ranges.js";

/** By recursive doubling, all ranks' inputs together reach every rank: at most so many bytes. */
export const doublingBytes = 128 * 1024;

export function algorithmFor(operation: Operation, size: number): Algorithm {
  switch (operation.kind) {
    case "allReduce": {
      // A hook works in place, and is not for small buffers anyway.
      if (operation.compression !== undefined) return "ring";
      const count = operation.shape.reduce((product, dimension) => product * dimension, size);
      return operation.algorithm ?? byBytes(count * elementBytes);
    }
    case "allGather":
      if (operation.algorithm !== undefined) return operation.algorithm;
      // Between two ranks, both are one hop; the ring has nothing to put in order afterwards.
      return size > 2 ? byBytes(total(operation.counts) * elementBytes) : "ring";
    case "reduceScatter":
    case "broadcast":
    case "allToAll":
    case "barrier":
      return "ring";
  }
}

function byBytes(gatheredBytes: number): Algorithm {
  return gatheredBytes <= doublingBytes ? "doubling" : "ring";
}
