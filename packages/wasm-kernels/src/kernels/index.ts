import type { TrainingKernel } from "../kernel.js";
import { batchMatMul, fusedMatMul } from "./mat-mul.js";
import { conv2D, fusedConv2D } from "./conv2d.js";
import { conv2DBackpropFilter } from "./conv2d-backprop-filter.js";
import { conv2DBackpropInput } from "./conv2d-backprop-input.js";
import {
  depthwiseConv2DBackpropFilter,
  depthwiseConv2DBackpropInput,
} from "./depthwise-conv2d-backprop.js";
import { einsum } from "./einsum.js";
import { identity } from "./identity.js";
import { maxPool3D, maxPool3DGrad } from "./max-pool-3d.js";
import { maxPoolGrad } from "./max-pool-grad.js";
import { mean, sum } from "./reductions.js";
import { tile } from "./tile.js";
import { unsortedSegmentSum } from "./unsorted-segment-sum.js";

/** All of them, in the order of the alphabet. */
export const trainingKernels: readonly TrainingKernel[] = [
  batchMatMul,
  conv2D,
  conv2DBackpropFilter,
  conv2DBackpropInput,
  depthwiseConv2DBackpropFilter,
  depthwiseConv2DBackpropInput,
  einsum,
  fusedConv2D,
  fusedMatMul,
  identity,
  maxPool3D,
  maxPool3DGrad,
  maxPoolGrad,
  mean,
  sum,
  tile,
  unsortedSegmentSum,
];
