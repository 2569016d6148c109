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

export function createHook(how: Compressing, bucket: Bucket, memory: HookMemory): Hook {
  switch (how.kind) {
    case "topK":
      return topKHook(how, bucket, memory);
    case "deepGradient":
      return deepGradientHook(how, bucket, memory);
    case "powerSGD":
      return powerSGDHook(how, bucket, memory);
    case "fp16":
    case "bf16":
    case "int8":
      return quantizedHook(how, bucket, memory);
  }
}

export function demandOf(how: Compressing, bucket: Bucket): Demand {
  switch (how.kind) {
    case "topK":
    case "deepGradient":
      return sparseDemand(how, bucket);
    case "powerSGD":
      return powerSGDDemand(how, bucket);
    case "fp16":
    case "bf16":
    case "int8":
      return quantizedDemand(how, bucket);
  }
}

/** The state of a hook, over the memory that it was given. */
export function stateOf(how: Compressing, bucket: Bucket, memory: Float32Array): HookState {
  return new HookState(memory, arraysOf(how, bucket));
}

/** What a run sends. Alike on all members. */
export interface Exchange {
  /** Bytes of this member. */
  readonly bytes: number;
  /** Compressed they would be no fewer, and so all is sent as it is. */
  readonly fallsBack: boolean;
  /** As in: 1 % of 200000 */
  readonly extent: string;
}

/** Of the run after so many updates. */
export function exchangeOf(how: Compressing, bucket: Bucket, updates: number): Exchange {
  const all = `all of ${bucket.count}`;
  switch (how.kind) {
    case "topK":
    case "deepGradient": {
      const { bytes, dense, ratio } = sparseExchangeOf(how, bucket, updates);
      const extent = `${Number((100 * ratio).toPrecision(3))} % of ${bucket.count}`;
      return { bytes, fallsBack: dense && bucket.size > 1, extent };
    }
    case "powerSGD":
      return { bytes: powerSGDBytes(how, bucket, updates), fallsBack: false, extent: all };
    case "fp16":
    case "bf16":
    case "int8":
      return { bytes: quantizedBytes(how, bucket), fallsBack: false, extent: all };
  }
}

/** What is kept for later, by the arrays of its state that are as long as the bucket, or empty. */
export function keptArrays(how: Compressing): readonly string[] {
  switch (how.kind) {
    case "topK":
    case "powerSGD":
      return ["residual"];
    case "deepGradient":
      return ["residual", "velocity"];
    case "fp16":
    case "bf16":
    case "int8":
      return how.errorFeedback ? ["residual"] : [];
  }
}

function arraysOf(how: Compressing, bucket: Bucket): readonly number[] {
  switch (how.kind) {
    case "topK":
    case "deepGradient":
      return sparseArrays(how, bucket);
    case "powerSGD":
      return powerSGDArrays(how, bucket);
    case "fp16":
    case "bf16":
    case "int8":
      return quantizedArrays(how, bucket);
  }
}
