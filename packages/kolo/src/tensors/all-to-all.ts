import type * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { type Engine } from "@kolo/engine";
import { checkOptions } from "./check-options.js";
import { queueOf } from "./collective-queue.js";
import { type Input } from "./input.js";
import { tensorFrom } from "./read-into.js";
import { elementsOf, refuseScalar, rowsOf, splitEvenly } from "./rows.js";
import { type Collective, runCollective, runCollectiveSync } from "./run-collective.js";
import { exchangeIntegers, lastOperation, type Steps } from "./steps.js";

export interface AllToAllOptions {
  /** Rows for each rank, in order; their sum is the first dimension of `x`. Default: even. */
  readonly splits?: readonly number[];
  /** Tells this call apart in errors; equal on all ranks. Default "allToAll.N", N counts calls. */
  readonly name?: string;
}

export interface AllToAllResult<R extends tf.Rank = tf.Rank> {
  /** The rows meant for this rank, in the order of the ranks they came from. */
  readonly tensor: tf.Tensor<R>;
  /** How many of them came from each rank. */
  readonly receivedSplits: readonly number[];
}

/**
 * Every rank cuts the rows (first dimension) of its `x` into one part for each rank, and gets the
 * part meant for it from everybody. The other dimensions must agree. `x` (float32 or int32) is not
 * disposed, and may be disposed as soon as the call returns; the result is a new tensor, which the
 * caller owns.
 *
 * Cost: first a table of size² int32; then each part goes straight to its rank.
 * Throws `dtype_unsupported`, `argument_invalid`, `not_initialized`, `operation_mismatch`.
 */
export async function allToAll<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: AllToAllOptions = {},
): Promise<AllToAllResult<R>> {
  return runCollective(collective(x, options));
}

/** `allToAll` that blocks. */
export function allToAllSync<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: AllToAllOptions = {},
): AllToAllResult<R> {
  return runCollectiveSync(collective(x, options));
}

function collective<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: AllToAllOptions,
): Collective<AllToAllResult<R>> {
  return {
    call: "allToAll",
    x,
    steps: (engine, input) => {
      checkOptions("allToAll", options, ["splits", "name"]);
      refuseScalar("allToAll", input.shape);
      const splits = checkedSplits(options.splits, rowsOf(input.shape).rows, engine.world.size);
      const name = options.name ?? queueOf(engine).nextName("allToAll");
      return exchange(engine, input, { name, splits });
    },
  };
}

function* exchange<R extends tf.Rank>(
  engine: Engine,
  input: Input,
  { name, splits }: { readonly name: string; readonly splits: readonly number[] },
): Steps<AllToAllResult<R>> {
  try {
    const { dtype } = input;
    const { rowShape } = rowsOf(input.shape);
    const table = yield* exchangeIntegers(engine, `${name}/splits`, splits);
    const rowElements = elementsOf(rowShape);
    const elements = table.map((row) => row.map((count) => count * rowElements));
    const receivedSplits = table.map((row) => row[engine.world.rank] ?? 0);
    const rows = receivedSplits.reduce((sum, count) => sum + count, 0);
    return yield* lastOperation(
      engine,
      input,
      { kind: "allToAll", name, dtype, splits: elements, rowShape },
      (output) => ({
        tensor: tensorFrom(output, [rows, ...rowShape], dtype) as tf.Tensor<R>,
        receivedSplits,
      }),
    );
  } finally {
    input.release();
  }
}

function checkedSplits(
  splits: readonly number[] | undefined,
  rows: number,
  size: number,
): readonly number[] {
  if (splits === undefined) {
    if (rows % size === 0) return splitEvenly(rows, size);
    throw new KoloError(
      "argument_invalid",
      `expected rows of allToAll() to be a multiple of ${size} ranks, got ${rows}; give splits`,
    );
  }
  const sum = splits.reduce((total, count) => total + count, 0);
  const counts = splits.every((count) => Number.isInteger(count) && count >= 0);
  if (splits.length === size && counts && sum === rows) return [...splits];
  throw new KoloError(
    "argument_invalid",
    `expected splits of allToAll() to be ${size} numbers of rows that add up to ${rows}, ` +
      `got [${splits.join(", ")}]`,
  );
}
