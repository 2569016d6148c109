import type * as tf from "@tensorflow/tfjs";
import { checkOptions } from "./check-options.js";
import { queueOf } from "./collective-queue.js";
import { tensorFrom } from "./read-into.js";
import { type Collective, runCollective, runCollectiveSync } from "./run-collective.js";
import { lastOperation } from "./steps.js";

export interface BroadcastOptions {
  /** The rank whose values everybody gets. Default 0. */
  readonly root?: number;
  /** Tells this call apart in errors; equal on all ranks. Default "broadcast.N", N counts calls. */
  readonly name?: string;
}

/**
 * The root's `x`, on every rank. The others give a tensor of the same shape and dtype (float32 or
 * int32), whose values do not matter. `x` is not disposed, and may be disposed as soon as the call
 * returns; the result is a new tensor, which the caller owns. For a model there is
 * `broadcastVariables`.
 *
 * Cost: n elements received and sent on per rank, in a pipeline round the ring.
 * Throws `dtype_unsupported`, `argument_invalid`, `not_initialized`, `operation_mismatch`.
 */
export async function broadcast<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: BroadcastOptions = {},
): Promise<tf.Tensor<R>> {
  return runCollective(collective(x, options));
}

/** `broadcast` that blocks. */
export function broadcastSync<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: BroadcastOptions = {},
): tf.Tensor<R> {
  return runCollectiveSync(collective(x, options));
}

function collective<R extends tf.Rank>(
  x: tf.Tensor<R> | tf.TensorLike,
  options: BroadcastOptions,
): Collective<tf.Tensor<R>> {
  return {
    call: "broadcast",
    x,
    steps: (engine, input) => {
      checkOptions("broadcast", options, ["root", "name"]);
      const { root = 0 } = options;
      const name = options.name ?? queueOf(engine).nextName("broadcast");
      const { dtype, shape } = input;
      return lastOperation(
        engine,
        input,
        { kind: "broadcast", name, dtype, shape, root },
        (output) => tensorFrom(output, shape, dtype) as tf.Tensor<R>,
      );
    },
  };
}
