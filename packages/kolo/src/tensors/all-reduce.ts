import type * as tf from "@tensorflow/tfjs";
import { type Compression, type Matrix } from "@kolo/compression";
import { KoloError, type ReduceOp } from "@kolo/core";
import { type CompressionOptions } from "@kolo/engine";
import { checkCompression } from "../optimizer/compression-choice.js";
import { checkOptions } from "./check-options.js";
import { queueOf } from "./collective-queue.js";
import { reduceSlices, slicesOf } from "./reduce-slices.js";
import { elementsOf } from "./rows.js";
import { type Collective, runCollective, runCollectiveSync } from "./run-collective.js";
import { type Steps } from "./steps.js";
import { weightedAverage } from "./weighted-average.js";

export interface AllReduceOptions {
  /** Default "average". */
  readonly op?: ReduceOp;
  /** Tells this call apart in errors; equal on all ranks. Default "allReduce.N", N counts calls. */
  readonly name?: string;
  /** Every rank's elements are multiplied by this before they are reduced. Default 1. */
  readonly prescale?: number;
  /** The result is multiplied by this. Default 1. */
  readonly postscale?: number;
  /**
   * What travels between hosts in place of float32: one of `kolo.compression`, for sums and averages.
   * Nothing is kept from one call to the next, so that what topK leaves out is lost, and powerSGD
   * wants `startUpdates: 0`. Default: `kolo.compression.none`.
   */
  readonly compression?: Compression;
}

export interface WeightedAllReduceOptions extends AllReduceOptions {
  /**
   * How much this rank's `x` counts in an average, from 0 on: often the number of examples that it is
   * the mean of. For float32 and `op: "average"`; give it on all ranks, or on none.
   */
  readonly weight?: number;
}

/**
 * The reduction of all ranks' `x`, element by element, with the same bits on every rank. `x` has the
 * same shape and dtype (float32 or int32) everywhere, is not disposed, and may be disposed as soon
 * as the call returns; the result is a new tensor like it, which the caller owns.
 *
 * int32 sums and products wrap around; int32 averages and factors truncate toward zero.
 *
 * Cost: 2n(p - 1)/p elements sent per rank, in 2(p - 1) steps; n(p - 1) in log2 p where n is small.
 * What goes to other hosts and has 24 MiB or more travels in up to 8 slices, each with those steps.
 * Throws `dtype_unsupported`, `argument_invalid`, `not_initialized`, `operation_mismatch`.
 */
export async function allReduce<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: WeightedAllReduceOptions = {},
): Promise<tf.Tensor<R>> {
  return runCollective(collective(x, options));
}

/** `allReduce` that blocks: usable inside `tf.tidy`, callbacks and training steps. */
export function allReduceSync<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: WeightedAllReduceOptions = {},
): tf.Tensor<R> {
  return runCollectiveSync(collective(x, options));
}

function collective<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: WeightedAllReduceOptions,
): Collective<tf.Tensor<R>> {
  return {
    call: "allReduce",
    x,
    steps: (engine, input) => {
      checkOptions("allReduce", options, [
        ...["op", "name", "prescale", "postscale", "weight", "compression"],
      ]);
      const compression = compressionOf(options, input.shape);
      const { op = "average", prescale = 1, postscale = 1 } = options;
      const name = options.name ?? queueOf(engine).nextName("allReduce");
      const { dtype, shape } = input;
      const { weight } = options;
      if (weight !== undefined) {
        const weighted = { name, op, weight, prescale, postscale };
        return weightedAverage(engine, input, weighted) as Steps<tf.Tensor<R>>;
      }
      const operation = { kind: "allReduce", name, dtype, shape, op, prescale, postscale } as const;
      // What is compressed is small on the link, and knows its tensor by its matrices.
      const crossSize = compression === undefined ? engine.world.crossSize : 1;
      const slices = slicesOf(operation, crossSize);
      return reduceSlices(engine, input, slices, compression) as Steps<tf.Tensor<R>>;
    },
  };
}

function compressionOf(
  { compression, weight }: WeightedAllReduceOptions,
  shape: readonly number[],
): CompressionOptions | undefined {
  if (compression === undefined) return undefined;
  checkCompression("compression of allReduce() to be one", compression);
  if (compression.kind === "none") return undefined;
  if (weight !== undefined) {
    throw new KoloError(
      "argument_invalid",
      "expected a weight or compression in allReduce(), got both",
    );
  }
  return { how: compression, matrices: matrixOf(shape) };
}

/** The last dimension are the columns. */
function matrixOf(shape: readonly number[]): Matrix[] {
  const columns = shape.at(-1) ?? 0;
  const rows = elementsOf(shape.slice(0, -1));
  return shape.length < 2 || rows * columns === 0 ? [] : [{ offset: 0, rows, columns }];
}
