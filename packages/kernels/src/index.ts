export { type KernelDType, type Kernels, type Tile } from "./kernels.js";
export { plainKernels } from "./plain-kernels.js";
export { type Elements, type KernelOp } from "./reduce-into.js";
export { scale, type ScaleBy } from "./scale.js";
export { simdKernels } from "./simd-kernels.js";
