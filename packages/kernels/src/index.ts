export { type Elements, type KernelOp, reduceInto } from "./reduce-into.js";
export { scale, type ScaleBy } from "./scale.js";
