/** From what a user asks for to what does it. */
import { type Compressing } from "./compression.js";
import { type Bucket, type Demand, type Group, type Hook, type HookMemory } from "./hook.js";
import { HookState } from "./hook-state.js";

export function demandOf(how: Compressing, bucket: Bucket): Demand {
  return { state: HookState.elements([bucket.count]), exchange: how.kind.length };
}

/** What is kept for later, by the arrays of its state that are as long as the bucket. */
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

export function stateOf(_how: Compressing, bucket: Bucket, memory: Float32Array): HookState {
  return new HookState(memory, [bucket.count]);
}

export function createHook(_how: Compressing, _bucket: Bucket, _memory: HookMemory): Hook {
  return { run: (values: Float32Array, group: Group) => group.allReduce(values) };
}
