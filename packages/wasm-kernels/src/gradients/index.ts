import type { GradConfig } from "@tensorflow/tfjs-core";
import { fusedBatchNormGradient } from "./fused-batch-norm.js";
import { meanGradient, sumGradient } from "./reductions.js";
import { tileGradient } from "./tile.js";

/** In place of tfjs' own. tfjs has one gradient of a kernel for all backends, so these serve all. */
export const fasterGradients: readonly GradConfig[] = [
  fusedBatchNormGradient,
  meanGradient,
  sumGradient,
  tileGradient,
];
