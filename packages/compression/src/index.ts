export { powerSGDHook } from "./power-sgd/power-sgd-hook.js";
export { powerSGDArrays, powerSGDBytes, powerSGDDemand } from "./power-sgd/power-sgd-layout.js";
export { addProduct, multiply, multiplyTransposed, type Shape } from "./power-sgd/products.js";
export { type Codec } from "./quantized/codec.js";
export { codecs } from "./quantized/codecs.js";
export { quantizedArrays, quantizedBytes, quantizedDemand } from "./quantized/quantized-demand.js";
export { quantizedHook } from "./quantized/quantized-hook.js";
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
export { deepGradientHook } from "./sparse/deep-gradient-hook.js";
export { LargestSelector } from "./sparse/select-largest.js";
export { decodeSparse, encodeSparse, type SparseContent } from "./sparse/sparse-codec.js";
export {
  type Sparse,
  sparseArrays,
  sparseDemand,
  type SparseExchange,
  sparseExchangeOf,
} from "./sparse/sparse-exchange.js";
export { encodedWords, type SparseLayout, sparseLayout } from "./sparse/sparse-layout.js";
export { topKHook } from "./sparse/top-k-hook.js";
