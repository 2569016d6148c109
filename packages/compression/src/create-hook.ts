/** From what a user asks for to what does it: the one place that knows all kinds. */
import { type Compressing } from "./compression.js";
import { type Bucket, type Demand, type Hook, type HookMemory } from "./hook.js";
import { HookState } from "./hook-state.js";
import { powerSGDHook } from "./power-sgd/power-sgd-hook.js";
import { powerSGDArrays, powerSGDBytes, powerSGDDemand } from "./power-sgd/power-sgd-layout.js";
import { quantizedArrays, quantizedBytes, quantizedDemand } from "./quantized/quantized-demand.js";
import { quantizedHook } from "./quantized/quantized-hook.js";
import { deepGradientHook } from "./sparse/deep-gradient-hook.js";
import { sparseArrays, sparseDemand, sparseExchangeOf } from "./sparse/sparse-exchange.js";
import { topKHook } from "./sparse/top-k-hook.js";

/** What a run sends. Alike on all members. */
export interface Exchange {
  /** Bytes of this member. */
  readonly bytes: number;
  /** Compressed they would be no fewer, and so all is sent as it is. */
  readonly fallsBack: boolean;
  /** As in: 1 % of 200000 */
  readonly extent: string;
}

/** What each kind has for a bucket. */
interface Kind {
  readonly hook: (memory: HookMemory) => Hook;
  readonly demand: Demand;
  /** Lengths of the arrays of its state. */
  readonly arrays: readonly number[];
  /** In the run after so many updates. */
  readonly exchange: (updates: number) => Exchange;
}

export function createHook(how: Compressing, bucket: Bucket, memory: HookMemory): Hook {
  return kindOf(how, bucket).hook(memory);
}

export function demandOf(how: Compressing, bucket: Bucket): Demand {
  return kindOf(how, bucket).demand;
}

/** The state of a hook, over the memory that it was given. */
export function stateOf(how: Compressing, bucket: Bucket, memory: Float32Array): HookState {
  return new HookState(memory, kindOf(how, bucket).arrays);
}

/** Of the run after so many updates. */
export function exchangeOf(how: Compressing, bucket: Bucket, updates: number): Exchange {
  return kindOf(how, bucket).exchange(updates);
}

/** What is kept for later, by the arrays of its state that are as long as the bucket, or empty. */
export function keptArrays(how: Compressing): readonly string[] {
  if (how.kind === "deepGradient") return ["residual", "velocity"];
  return "errorFeedback" in how && !how.errorFeedback ? [] : ["residual"];
}

function kindOf(how: Compressing, bucket: Bucket): Kind {
  const { count, size } = bucket;
  switch (how.kind) {
    case "topK":
    case "deepGradient":
      return {
        hook: (memory) =>
          how.kind === "topK"
            ? topKHook(how, bucket, memory)
            : deepGradientHook(how, bucket, memory),
        demand: sparseDemand(how, bucket),
        arrays: sparseArrays(how, bucket),
        exchange: (updates) => {
          const { bytes, dense, ratio } = sparseExchangeOf(how, bucket, updates);
          const percent = Number((100 * ratio).toPrecision(3));
          return { bytes, fallsBack: dense && size > 1, extent: `${percent} % of ${count}` };
        },
      };
    case "powerSGD":
      return {
        hook: (memory) => powerSGDHook(how, bucket, memory),
        demand: powerSGDDemand(how, bucket),
        arrays: powerSGDArrays(how, bucket),
        exchange: (updates) => whole(powerSGDBytes(how, bucket, updates), bucket),
      };
    case "fp16":
    case "bf16":
    case "int8":
      return {
        hook: (memory) => quantizedHook(how, bucket, memory),
        demand: quantizedDemand(how, bucket),
        arrays: quantizedArrays(how, bucket),
        exchange: () => whole(quantizedBytes(how, bucket), bucket),
      };
  }
}

function whole(bytes: number, { count }: Bucket): Exchange {
  return { bytes, fallsBack: false, extent: `all of ${count}` };
}
