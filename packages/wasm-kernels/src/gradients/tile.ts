import {
  type GradConfig,
  reshape,
  sum,
  type Tensor,
  Tile,
  type TileAttrs,
} from "@tensorflow/tfjs-core";

/**
 * The gradient of a repetition: the sum over the repetitions of each axis, one after the other. tfjs
 * takes a slice for each repetition and adds it to the last sum, thousands of them in a layer
 * normalization, and gives up beyond four axes. Right for all backends: it is made of tfjs' own
 * operations, of at most three axes, and only adds in another order.
 */
export const tileGradient: GradConfig = {
  kernelName: Tile,
  inputsToSave: ["x"],
  gradFunc: (dy, saved, attrs) => {
    const { reps } = attrs as unknown as TileAttrs;
    const { shape } = saved[0] as Tensor;
    return {
      x: () => {
        let gradient = dy as Tensor;
        for (const [axis, count] of reps.entries()) {
          if (count === 1) continue;
          // The axes before have been summed already; those behind are still repeated.
          const outer = product(shape.slice(0, axis));
          const inner = product(shape.slice(axis)) * product(reps.slice(axis + 1));
          gradient = sum(reshape(gradient, [outer, count, inner]), 1);
        }
        return reshape(gradient, shape);
      },
    };
  },
};

function product(sizes: readonly number[]): number {
  return sizes.reduce((size, n) => size * n, 1);
}
