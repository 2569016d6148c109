/**
 * Top-k with momentum correction. Momentum that an optimizer applies to sparse sums would forget what
 * lies in residuals; so each member applies it to its own gradients, and what it sends late is velocity:
 *
 *   velocity ← momentum · velocity + gradient
 *   residual ← residual + velocity, of which the largest are sent
 *
 * With factor masking the velocity of what was sent is zero afterwards: momentum that is old news would
 * carry weights the wrong way. In a group of one all velocity is the result.
 *
 * Source: Lin et al., "Deep gradient compression", ICLR 2018.
 */
import { inParts, type Work } from "@kolo/core";
import { type DeepGradient } from "../compression.js";
import { type Bucket, type Hook, type HookMemory } from "../hook.js";
import { HookState } from "../hook-state.js";
import { sparseArrays } from "./sparse-exchange.js";
import { createSparseSum } from "./sparse-sum.js";
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernel: all arrays are as long as the bucket */

export function deepGradientHook(
  compression: DeepGradient,
  bucket: Bucket,
  memory: HookMemory,
): Hook {
  const { momentum, factorMasking } = compression;
  const state = new HookState(memory.state, sparseArrays(compression, bucket));
  const sum = createSparseSum(compression, bucket, memory.exchange);
  return {
    async run(values, group, pace) {
      const velocity = state.next(1);
      await pace.follow(accelerate(values, momentum, state.current(1), velocity));
      if (bucket.size > 1) {
        const [residual, kept, { updates }] = [state.current(0), state.next(0), state];
        const masked = factorMasking ? { velocity } : {};
        await sum({ values, residual, kept, updates, ...masked }, group, pace);
      }
      state.advance();
    },
  };
}

/** Makes velocity of the gradients in `values`. What is not finite of it is sent, but not kept. */
function* accelerate(
  values: Float32Array,
  momentum: number,
  before: Float32Array,
  after: Float32Array,
): Work {
  const acceleratePart = (start: number, end: number): void => {
    for (let i = start; i < end; i++) {
      const velocity = Math.fround(momentum * before[i]! + values[i]!);
      values[i] = velocity;
      after[i] = velocity - velocity === 0 ? velocity : 0;
    }
  };
  yield* inParts(values.length, acceleratePart, { work: 2 });
}
