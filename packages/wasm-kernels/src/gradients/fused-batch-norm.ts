import {
  add,
  broadcast_util,
  FusedBatchNorm,
  type FusedBatchNormAttrs,
  type GradConfig,
  mul,
  neg,
  reshape,
  rsqrt,
  scalar,
  sub,
  sum,
  type Tensor,
} from "@tensorflow/tfjs-core";

/**
 * The gradient of a batch normalization. With r = 1 / √(variance + ε), all of it follows from two
 * sums over the values of each channel, Σdy and Σdy·(x − mean):
 *
 *   by x         dy · r · scale
 *   by mean      −Σdy · r · scale
 *   by variance  −½ · Σdy·(x − mean) · r³ · scale
 *   by scale     Σdy·(x − mean) · r
 *   by offset    Σdy
 *
 * tfjs multiplies first and sums then, in some twenty operations on whole tensors. Made of tfjs' own
 * operations, so right for all backends; only the order of additions and products is another.
 */
export const fusedBatchNormGradient: GradConfig = {
  kernelName: FusedBatchNorm,
  inputsToSave: ["x", "mean", "variance", "scale"],
  gradFunc: (dyOrAll, saved, attrs) => {
    const { varianceEpsilon } = attrs as unknown as FusedBatchNormAttrs;
    const [x, mean, variance, givenScale] = saved as [Tensor, Tensor, Tensor, Tensor?];
    const dy = dyOrAll as Tensor;
    const scale = givenScale ?? scalar(1);
    // A mean for each value, in which case nothing is summed, or for each channel.
    const axes = mean.rank === 1 ? broadcast_util.getReductionAxes(mean.shape, x.shape) : [];
    const total = (values: Tensor) =>
      reshape(axes.length === 0 ? values : sum(values, axes), mean.shape);
    const r = rsqrt(add(variance, varianceEpsilon));
    const sums = (values: Tensor) => [total(values), total(mul(values, sub(x, mean)))] as const;
    const [sumOfDy, sumOfProducts] = sums(dy);
    // The scale can wait until after the sum, unless only it has a value for each channel.
    const [scaledSum, scaledProducts] =
      scale.size === 1 || scale.size === mean.size
        ? [mul(sumOfDy, scale), mul(sumOfProducts, scale)]
        : sums(mul(dy, scale));
    const cube = mul(mul(r, r), r);
    return {
      x: () => reshape(mul(dy, mul(r, scale)), x.shape),
      mean: () => neg(reshape(mul(scaledSum, r), mean.shape)),
      variance: () => reshape(mul(mul(scaledProducts, cube), -0.5), mean.shape),
      scale: () => reshape(mul(sumOfProducts, r), mean.shape),
      offset: () => sumOfDy,
    };
  },
};
