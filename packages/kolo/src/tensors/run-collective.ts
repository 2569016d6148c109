/** The two forms of every collective on tensors. */
import type * as tf from "@tensorflow/tfjs";
import { type Engine } from "@kolo/engine";
import { session } from "../session.js";
import { queueOf } from "./collective-queue.js";
import { borrowInput, holdInput, type Input } from "./input.js";
import { type Steps } from "./steps.js";

export interface Collective<T> {
  /** As the user wrote it, for messages. */
  readonly call: string;
  readonly x: tf.Tensor | tf.TensorLike;
  /** Checks and names at once; the steps run later, and release the input when it is packed. */
  readonly steps: (engine: Engine, input: Input) => Steps<T>;
}

export async function runCollective<T>({ call, x, steps }: Collective<T>): Promise<T> {
  const engine = session();
  return queueOf(engine).run(releasedOnError(engine, holdInput(call, x), steps));
}

export function runCollectiveSync<T>({ call, x, steps }: Collective<T>): T {
  const engine = session();
  return queueOf(engine).runSync(releasedOnError(engine, borrowInput(call, x), steps));
}

function releasedOnError<T>(engine: Engine, input: Input, steps: Collective<T>["steps"]): Steps<T> {
  try {
    return steps(engine, input);
  } catch (error) {
    input.release();
    throw error;
  }
}
