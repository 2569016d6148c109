/**
 * Which algorithm a collective over links takes: few hops for a small buffer, few bytes for a large
 * one. All ranks come to the same choice, since it depends on the operation and the world alone.
 * The switch points were measured: docs/algorithms.md has the tables.
 */
import { elementBytes } from "@kolo/core";
import { type Algorithm, type Operation } from "../operation.js";
import { total } from "./ranges.js";

/** What goes by recursive doubling has at most so many bytes; of an all-gather, all ranks' together. */
export const doublingBytes = { allReduce: 32 * 1024, allGather: 128 * 1024 } as const;

export function algorithmFor(operation: Operation, size: number): Algorithm {
  switch (operation.kind) {
    case "allReduce": {
      const count = operation.shape.reduce((product, dimension) => product * dimension, 1);
      return operation.algorithm ?? upTo(doublingBytes.allReduce, count);
    }
    case "allGather":
      if (operation.algorithm !== undefined) return operation.algorithm;
      // Between two ranks, both are one hop; the ring has nothing to put in order afterwards.
      return size > 2 ? upTo(doublingBytes.allGather, total(operation.counts)) : "ring";
    case "reduceScatter":
    case "broadcast":
    case "allToAll":
    case "barrier":
      return "ring";
  }
}

function upTo(bytes: number, elementCount: number): Algorithm {
  return elementCount * elementBytes <= bytes ? "doubling" : "ring";
}
