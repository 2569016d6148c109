import { acceptChannelsFirst } from "../channels-first.js";
import type { TrainingKernel } from "../kernel.js";
import { batchMatMul, fusedMatMul } from "./mat-mul.js";
import { avgPool, avgPool3D, avgPool3DGrad, avgPoolGrad } from "./average-pool.js";
import { binary, prelu } from "./binary.js";
import { conv2D, fusedConv2D } from "./conv2d.js";
import { conv2DBackpropFilter } from "./conv2d-backprop-filter.js";
import { conv2DBackpropInput } from "./conv2d-backprop-input.js";
import { cast } from "./cast.js";
import { clipByValue, relu6 } from "./clip.js";
import { concat, pack } from "./concat.js";
import { conv3D, conv3DBackpropFilter, conv3DBackpropInput } from "./conv3d.js";
import { depthwiseConv2D, fusedDepthwiseConv2D } from "./depthwise-conv2d.js";
import {
  depthwiseConv2DBackpropFilter,
  depthwiseConv2DBackpropInput,
} from "./depthwise-conv2d-backprop.js";
import { dilation2D, dilation2DBackpropFilter, dilation2DBackpropInput } from "./dilation2d.js";
import { einsum } from "./einsum.js";
import { fusedBatchNorm } from "./fused-batch-norm.js";
import { gather } from "./gather.js";
import { identity } from "./identity.js";
import { maxPool3D, maxPool3DGrad } from "./max-pool-3d.js";
import { maxPoolGrad } from "./max-pool-grad.js";
import { max, mean, min, sum } from "./reductions.js";
import { resizeBilinearGrad, resizeNearestNeighborGrad } from "./resize-gradients.js";
import { reverse } from "./reverse.js";
import { select } from "./select.js";
import { slice, splitV, stridedSlice, unpack } from "./slice.js";
import { throughFloat32 } from "./through-float32.js";
import { tile } from "./tile.js";
import { transpose } from "./transpose.js";
import { unary } from "./unary.js";
import { unsortedSegmentSum } from "./unsorted-segment-sum.js";

/** All of them, in the order of the alphabet. */
export const trainingKernels: readonly TrainingKernel[] = [
  avgPool,
  avgPool3D,
  avgPool3DGrad,
  avgPoolGrad,
  batchMatMul,
  ...binary,
  cast,
  clipByValue,
  concat,
  acceptChannelsFirst(conv2D, { inputs: ["x"], isOutput: true }),
  acceptChannelsFirst(conv2DBackpropFilter, { inputs: ["x", "dy"], isOutput: false }),
  acceptChannelsFirst(conv2DBackpropInput, { inputs: ["dy"], isOutput: true }),
  conv3D,
  conv3DBackpropFilter,
  conv3DBackpropInput,
  depthwiseConv2D,
  depthwiseConv2DBackpropFilter,
  depthwiseConv2DBackpropInput,
  dilation2D,
  dilation2DBackpropFilter,
  dilation2DBackpropInput,
  einsum,
  fusedBatchNorm,
  acceptChannelsFirst(fusedConv2D, { inputs: ["x"], isOutput: true }),
  fusedDepthwiseConv2D,
  fusedMatMul,
  gather,
  identity,
  max,
  maxPool3D,
  maxPool3DGrad,
  maxPoolGrad,
  mean,
  min,
  pack,
  prelu,
  relu6,
  resizeBilinearGrad,
  resizeNearestNeighborGrad,
  reverse,
  select,
  slice,
  splitV,
  stridedSlice,
  sum,
  ...throughFloat32,
  tile,
  transpose,
  ...unary,
  unpack,
  unsortedSegmentSum,
];
