/** Decisions of the world: a small vector of every rank in, the same vector on every rank out. */
import { type ReduceOp } from "@kolo/core";
import { type Engine } from "@kolo/engine";
import { queueOf } from "../tensors/collective-queue.js";
import { startOperation, type Steps } from "../tensors/steps.js";

/** `name` tells the reduction apart in errors, and must agree across ranks. */
export type WorldReduce = (values: Float32Array, name: string) => Promise<Float32Array>;
export type WorldMean = WorldReduce;
export type WorldMax = WorldReduce;

/** Without blocking, for the places where fit awaits; in order with the user's own collectives. */
export function worldReduce(engine: Engine, op: ReduceOp): WorldReduce {
  return (values, name) => queueOf(engine).run(reduce(engine, op, { values, name }));
}

// eslint-disable-next-line require-yield -- the one operation is the last one, which is returned
function* reduce(
  engine: Engine,
  op: ReduceOp,
  { values, name }: { readonly values: Float32Array; readonly name: string },
): Steps<Float32Array> {
  const shape = [values.length];
  const prepared = startOperation(
    engine,
    { kind: "allReduce", name, dtype: "float32", shape, op, prescale: 1, postscale: 1 },
    (input) => {
      input.set(values);
    },
  );
  return { operation: prepared, result: () => Float32Array.from(prepared.output) };
}
