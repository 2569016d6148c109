export {
  compression,
  type Compressing,
  type Compression,
  type DeepGradient,
  type DeepGradientOptions,
  describeCompression,
  isCompression,
  type NoCompression,
  type PowerSGD,
  type PowerSGDOptions,
  type Quantized,
  type QuantizedOptions,
  type SparseValues,
  type TopK,
  type TopKOptions,
} from "./compression.js";
export {
  type Bucket,
  type Demand,
  type Group,
  type Hook,
  type HookMemory,
  type Matrix,
} from "./hook.js";
export { HookState } from "./hook-state.js";
export { createHook, demandOf, keptArrays, stateOf } from "./create-hook.js";
