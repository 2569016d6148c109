import type * as tf from "@tensorflow/tfjs";
import { type Engine } from "@kolo/engine";
import { checkOptions } from "./check-options.js";
import { queueOf } from "./collective-queue.js";
import { type Input } from "./input.js";
import { tensorFrom } from "./read-into.js";
import { elementsOf, rowsOf } from "./rows.js";
import { type Collective, runCollective, runCollectiveSync } from "./run-collective.js";
import { exchangeIntegers, lastOperation, type Steps } from "./steps.js";

export interface AllGatherOptions {
  /** Tells this call apart in errors; equal on all ranks. Default "allGather.N", N counts calls. */
  readonly name?: string;
}

/**
 * All ranks' `x`, one below the other along the first dimension, in the order of ranks. The first
 * dimension may differ between ranks, and may be 0; the others must agree. Scalars count as one row,
 * so they give a vector of one element per rank. `x` is not disposed, and may be disposed as soon as
 * the call returns; the result is a new tensor, which the caller owns.
 *
 * Cost: first one int32 per rank, the numbers of rows; then every rank's elements go round the ring.
 * Throws `dtype_unsupported`, `argument_invalid`, `not_initialized`, `operation_mismatch`.
 */
export async function allGather<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: AllGatherOptions = {},
): Promise<tf.Tensor<Gathered<R>>> {
  return runCollective(collective(x, options));
}

/** `allGather` that blocks. */
export function allGatherSync<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: AllGatherOptions = {},
): tf.Tensor<Gathered<R>> {
  return runCollectiveSync(collective(x, options));
}

/** The rank of the result: a vector for scalars. */
type Gathered<R extends tf.Rank> = R extends tf.Rank.R0 ? tf.Rank.R1 : R;

function collective<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: AllGatherOptions,
): Collective<tf.Tensor<Gathered<R>>> {
  return {
    call: "allGather",
    x,
    steps: (engine, input) => {
      checkOptions("allGather", options, ["name"]);
      return gather(engine, input, options.name ?? queueOf(engine).nextName("allGather"));
    },
  };
}

function* gather<R extends tf.Rank>(
  engine: Engine,
  input: Input,
  name: string,
): Steps<tf.Tensor<R>> {
  try {
    const { dtype } = input;
    const { rows, rowShape } = rowsOf(input.shape.length === 0 ? [1] : input.shape);
    const table = yield* exchangeIntegers(engine, `${name}/rows`, [rows]);
    const rowsPerRank = table.flat();
    const counts = rowsPerRank.map((count) => count * elementsOf(rowShape));
    const total = rowsPerRank.reduce((sum, count) => sum + count, 0);
    return yield* lastOperation(
      engine,
      input,
      { kind: "allGather", name, dtype, counts, rowShape },
      (output) => tensorFrom(output, [total, ...rowShape], dtype) as tf.Tensor<R>,
    );
  } finally {
    input.release();
  }
}
