import {
  broadcastTo,
  cast,
  div,
  type GradConfig,
  Mean,
  reshape,
  Sum,
  type SumAttrs,
  type Tensor,
  util,
} from "@tensorflow/tfjs-core";

/**
 * The gradients of sums and means: dy, or its share, at every place. The same numbers as tfjs', which
 * multiplies dy with a tensor of ones first, and then divides each of the products.
 */
export const sumGradient = spread(Sum, () => 1);
export const meanGradient = spread(Mean, (count) => count);

function spread(kernelName: string, divisorOf: (count: number) => number): GradConfig {
  return {
    kernelName,
    inputsToSave: ["x"],
    gradFunc: (dy, saved, attrs) => {
      const { shape } = saved[0] as Tensor;
      const axes = util.parseAxisParam((attrs as unknown as SumAttrs).axis, shape);
      const expanded = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const divisor = divisorOf(util.sizeFromShape(axes.map((axis) => shape[axis] ?? 1)));
      return {
        x: () => {
          const floats = reshape(cast(dy as Tensor, "float32"), expanded);
          return broadcastTo(divisor === 1 ? floats : div(floats, divisor), shape);
        },
      };
    },
  };
}
