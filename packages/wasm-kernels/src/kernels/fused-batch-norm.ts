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
    const channels = x.shape.at(-1) ?? 1;
    const isPerChannel = [mean, variance, offset, scale].every(
      (values) => values === undefined || util.sizeFromShape(values.shape) === channels,
    );
    if (!isPerChannel || x.dtype !== "float32") return original();
    const out = heap.output(x.shape);
    const factors = heap.zeros([channels]);
    const offsets = offset ?? heap.zeros([channels]);
    const scales = scale && heap.values(scale);
    const factor = heap.values(factors);
    for (const [i, value] of heap.values(variance).entries()) {
      factor[i] = (scales?.[i] ?? 1) / Math.sqrt(value + varianceEpsilon);
    }
    heap.assembly.normalize(
      heap.addressOf(x),
      heap.addressOf(out),
      util.sizeFromShape(x.shape.slice(0, -1)),
      channels,
      heap.addressOf(mean),
      heap.addressOf(factors),
      heap.addressOf(offsets),
    );
    heap.backend.disposeData(factors.dataId);
    if (offset === undefined) heap.backend.disposeData(offsets.dataId);
    return out;
  },
);
