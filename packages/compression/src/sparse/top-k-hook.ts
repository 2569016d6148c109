/**
 * Sends the largest elements of each bucket, and what was not sent with the next ones: Aji and Heafield,
 * "Sparse communication for distributed gradient descent", EMNLP 2017. A group of one sends nothing, and
 * its values stay as they are.
 */
import { type TopK } from "../compression.js";
import { type Bucket, type Hook, type HookMemory } from "../hook.js";
import { HookState } from "../hook-state.js";
import { sparseArrays } from "./sparse-exchange.js";
import { createSparseSum } from "./sparse-sum.js";

export function topKHook(compression: TopK, bucket: Bucket, memory: HookMemory): Hook {
  const state = new HookState(memory.state, sparseArrays(compression, bucket));
  const sum = createSparseSum(compression, bucket, memory.exchange);
  return {
    async run(values, group, pace) {
      if (bucket.size > 1) {
        const [residual, kept, { updates }] = [state.current(0), state.next(0), state];
        await sum({ values, residual, kept, updates }, group, pace);
      }
      state.advance();
    },
  };
}
