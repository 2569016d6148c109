import type { TrainingKernel } from "../kernel.js";
import { batchMatMul, fusedMatMul } from "./mat-mul.js";
import { conv2D, fusedConv2D } from "./conv2d.js";
import { conv2DBackpropFilter } from "./conv2d-backprop-filter.js";
import { conv2DBackpropInput } from "./conv2d-backprop-input.js";
import { cast } from "./cast.js";
import { conv3D, conv3DBackpropFilter, conv3DBackpropInput } from "./conv3d.js";
import { depthwiseConv2D, fusedDepthwiseConv2D } from "./depthwise-conv2d.js";
import {
  depthwiseConv2DBackpropFilter,
  depthwiseConv2DBackpropInput,
} from "./depthwise-conv2d-backprop.js";
import { einsum } from "./einsum.js";
import { gather } from "./gather.js";
import { identity } from "./identity.js";
import { maxPool3D, maxPool3DGrad } from "./max-pool-3d.js";
import { maxPoolGrad } from "./max-pool-grad.js";
import { prelu } from "./prelu.js";
import { mean, sum } from "./reductions.js";
import { select } from "./select.js";
import { throughFloat32 } from "./through-float32.js";
import { tile } from "./tile.js";
import { unsortedSegmentSum } from "./unsorted-segment-sum.js";

/** All of them, in the order of the alphabet. */
export const trainingKernels: readonly TrainingKernel[] = [
  batchMatMul,
  cast,
  conv2D,
  conv2DBackpropFilter,
  conv2DBackpropInput,
  conv3D,
  conv3DBackpropFilter,
  conv3DBackpropInput,
  depthwiseConv2D,
  depthwiseConv2DBackpropFilter,
  depthwiseConv2DBackpropInput,
  einsum,
  fusedConv2D,
  fusedDepthwiseConv2D,
  fusedMatMul,
  gather,
  identity,
  maxPool3D,
  maxPool3DGrad,
  maxPoolGrad,
  mean,
  prelu,
  select,
  sum,
  ...throughFloat32,
  tile,
  unsortedSegmentSum,
];
