/** What the caller of a collective gave: a tensor, or something that tfjs makes one of. */
import * as tf from "@tensorflow/tfjs";
import { type DType, isDType, KoloError } from "@kolo/core";

export interface Input {
  readonly tensor: tf.Tensor;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Called when the values have been packed, or will not be. */
  release(): void;
}

/** For a blocking collective, which packs before it returns. Throws `dtype_unsupported`, `argument_invalid`. */
export function borrowInput(call: string, x: tf.Tensor | tf.TensorLike): Input {
  refuseDisposed(call, x);
  return x instanceof tf.Tensor ? input(call, x, false) : input(call, tf.tensor(x), true);
}

/**
 * For an async collective, which may have to wait for its turn: the caller may dispose or reassign
 * `x` as soon as the call returns, so this holds on to the values. Throws `dtype_unsupported`,
 * `argument_invalid`.
 */
export function holdInput(call: string, x: tf.Tensor | tf.TensorLike): Input {
  refuseDisposed(call, x);
  return input(call, tf.keep(x instanceof tf.Tensor ? x.clone() : tf.tensor(x)), true);
}

/** Before anything is started: what has started, other ranks wait for. */
function refuseDisposed(call: string, x: tf.Tensor | tf.TensorLike): void {
  if (!(x instanceof tf.Tensor && x.isDisposed)) return;
  throw new KoloError(
    "argument_invalid",
    `expected a tensor in ${call}(), got one that has been disposed`,
  );
}

function input(call: string, tensor: tf.Tensor, owned: boolean): Input {
  const { dtype, shape } = tensor;
  const release = (): void => {
    if (owned) tensor.dispose();
  };
  if (isDType(dtype)) return { tensor, dtype, shape, release };
  release();
  throw new KoloError(
    "dtype_unsupported",
    `expected a float32 or int32 tensor in ${call}(), got ${dtype}; cast it, e.g. x.toFloat()`,
  );
}
