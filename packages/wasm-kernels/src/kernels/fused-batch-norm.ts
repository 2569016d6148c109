import {
  FusedBatchNorm,
  type FusedBatchNormAttrs,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";

interface Inputs {
  readonly x: TensorInfo;
  readonly mean: TensorInfo;
  readonly variance: TensorInfo;
  readonly offset?: TensorInfo;
  readonly scale?: TensorInfo;
}

/** tfjs' own takes the root of the variance for every value anew. */
export const fusedBatchNorm = kernel<Inputs, FusedBatchNormAttrs>(
  FusedBatchNorm,
  ({ inputs, attrs: { varianceEpsilon }, heap, original }) => {
    const { x, mean, variance, offset, scale } = inputs;
    // One for each channel, in most cases, or for each value.
    const count = util.sizeFromShape(mean.shape);
    const isAlike = [variance, offset, scale].every(
      (values) => values === undefined || util.sizeFromShape(values.shape) === count,
    );
    const rows = util.sizeFromShape(x.shape) / count;
    if (!isAlike || !Number.isInteger(rows) || x.dtype !== "float32") return original();
    const out = heap.output(x.shape);
    const offsets = offset ?? heap.zeros([count]);
    heap.withScratch(4 * count, (factors) => {
      heap.assembly.deviationFactors(
        heap.addressOf(variance),
        scale ? heap.addressOf(scale) : 0,
        factors,
        count,
        varianceEpsilon,
      );
      heap.assembly.normalize(
        heap.addressOf(x),
        heap.addressOf(out),
        rows,
        count,
        heap.addressOf(mean),
        factors,
        heap.addressOf(offsets),
      );
    });
    if (offset === undefined) heap.backend.disposeData(offsets.dataId);
    return out;
  },
);
