export {
  addProduct,
  type Factors,
  multiply,
  multiplyTransposed,
  type Shape,
} from "./power-sgd/products.js";
export { type Codec } from "./quantized/codec.js";
export { codecs } from "./quantized/codecs.js";
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
export { LargestSelector } from "./sparse/select-largest.js";
export { decodeSparse, encodeSparse, type SparseContent } from "./sparse/sparse-codec.js";
export { type SparseLayout, sparseLayout } from "./sparse/sparse-layout.js";
export {
  createHook,
  demandOf,
  type Exchange,
  exchangeOf,
  keptArrays,
  stateOf,
} from "./create-hook.js";
