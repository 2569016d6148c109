import type * as tf from "@tensorflow/tfjs";
import { type ReduceOp } from "@kolo/core";
import { checkOptions } from "./check-options.js";
import { queueOf } from "./collective-queue.js";
import { tensorFrom } from "./read-into.js";
import { elementsOf, refuseScalar, rowsOf, splitEvenly } from "./rows.js";
import { type Collective, runCollective, runCollectiveSync } from "./run-collective.js";
import { lastOperation } from "./steps.js";

export interface ReduceScatterOptions {
  /** Default "average". */
  readonly op?: ReduceOp;
  /** Tells this call apart in errors; equal on all ranks. Default "reduceScatter.N". */
  readonly name?: string;
}

/**
 * The reduction of all ranks' `x`, of which this rank gets its part: the rows (first dimension) are
 * split in order, and the first `rows % size` ranks get one row more; a part may have no rows. `x`
 * has the same shape and dtype (float32 or int32) everywhere, is not disposed, and may be disposed
 * as soon as the call returns; the result is a new tensor, which the caller owns.
 *
 * Cost: n(p - 1)/p elements sent per rank, in p - 1 steps.
 * Throws `dtype_unsupported`, `argument_invalid`, `not_initialized`, `operation_mismatch`.
 */
export async function reduceScatter<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: ReduceScatterOptions = {},
): Promise<tf.Tensor<R>> {
  return runCollective(collective(x, options));
}

/** `reduceScatter` that blocks. */
export function reduceScatterSync<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: ReduceScatterOptions = {},
): tf.Tensor<R> {
  return runCollectiveSync(collective(x, options));
}

function collective<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: ReduceScatterOptions,
): Collective<tf.Tensor<R>> {
  return {
    call: "reduceScatter",
    x,
    steps: (engine, input) => {
      checkOptions("reduceScatter", options, ["op", "name"]);
      const { op = "average" } = options;
      const name = options.name ?? queueOf(engine).nextName("reduceScatter");
      const { dtype, shape } = input;
      refuseScalar("reduceScatter", shape);
      const { rows, rowShape } = rowsOf(shape);
      const rowsPerRank = splitEvenly(rows, engine.world.size);
      const counts = rowsPerRank.map((count) => count * elementsOf(rowShape));
      const mine = [rowsPerRank[engine.world.rank] ?? 0, ...rowShape];
      return lastOperation(
        engine,
        input,
        { kind: "reduceScatter", name, dtype, counts, rowShape, op, prescale: 1, postscale: 1 },
        (output) => tensorFrom(output, mine, dtype) as tf.Tensor<R>,
      );
    },
  };
}
