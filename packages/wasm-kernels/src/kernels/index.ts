import type { TrainingKernel } from "../kernel.js";
import { batchMatMul, fusedMatMul } from "./mat-mul.js";
import { conv2D, fusedConv2D } from "./conv2d.js";
import { conv2DBackpropFilter } from "./conv2d-backprop-filter.js";
import { conv2DBackpropInput } from "./conv2d-backprop-input.js";
import { identity } from "./identity.js";
import { maxPoolGrad } from "./max-pool-grad.js";
import { mean, sum } from "./reductions.js";
import { tile } from "./tile.js";

/** All of them, in the order of the alphabet. */
export const trainingKernels: readonly TrainingKernel[] = [
  batchMatMul,
  conv2D,
  conv2DBackpropFilter,
  conv2DBackpropInput,
  fusedConv2D,
  fusedMatMul,
  identity,
  maxPoolGrad,
  mean,
  sum,
  tile,
];
