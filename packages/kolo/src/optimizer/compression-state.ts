/**
 * What compression keeps for later, as one state of the world: for each variable, what all ranks keep
 * of it together, in the units of an update, as if it had been reduced with the gradients. All that was
 * not sent is in that sum, so it can be given to as many ranks as there will be, in buckets and slices of
 * other sizes, and compressed in another way.
 */
import { type Operation } from "@kolo/collectives";
import { keptArrays } from "@kolo/compression";
import { KoloError } from "@kolo/core";
import { type Elements, type Engine } from "@kolo/engine";
import { runOperation, type Wait } from "../tensors/steps.js";
import { type PlannedBucket, type PlannedGradient } from "./gradient-buckets.js";
import { type GradientPlan } from "./gradient-plan.js";

export interface CompressionState {
  /** Updates so far: how far a warm-up is. */
  readonly updates: number;
  readonly arrays: readonly KeptArray[];
}

/** What is kept of a variable. */
export interface KeptArray {
  /** Residual, or velocity. */
  readonly kind: string;
  /** Of the variable: in this process, and in every one that has these variables. */
  readonly name: string;
  readonly key: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A state for a plan to begin with. */
export interface GivenState {
  readonly state: CompressionState;
  /**
   * How its variables are found: in this process by their names, also where there were others before,
   * and else by their keys.
   */
  readonly by: "name" | "key";
}

/** A collective: every rank must take these steps. */
export function* collectState(plan: GradientPlan): Generator<Wait, CompressionState, void> {
  const arrays: KeptArray[] = [];
  let updates = 0;
  for (const bucket of plan.buckets) {
    const { operation, how, gradients } = bucket;
    if (how !== undefined) updates = yield* updatesOf(plan, bucket);
    for (const { name, key, shape, momentum } of gradients) {
      if (momentum === undefined) continue;
      const values = momentum.state.current(0).slice();
      arrays.push({ kind: "velocity", name, key, shape, values });
    }
    for (const [index, kind] of (how === undefined ? [] : keptArrays(how)).entries()) {
      const reduced = yield* reduceKept(plan, bucket, { index, kind });
      for (const gradient of gradients) {
        const { name, key, shape } = gradient;
        const [from, to] = placeOf(gradient, operation.input);
        arrays.push({ kind, name, key, shape, values: reduced.slice(from, to) });
      }
    }
  }
  return { updates, arrays };
}

/**
 * Gives this rank its part. What the state does not have begins with zeros; what there is no place for
 * here, as for residuals where nothing is compressed, is left out. Throws `argument_invalid` for a saved
 * state of other variables.
 */
export function restoreState(plan: GradientPlan, { state, by }: GivenState): void {
  if (by === "key") checkVariables(plan, state);
  const values = new Map(state.arrays.map((array) => [`${array.kind}/${array[by]}`, array.values]));
  const put = (kind: string, gradient: PlannedGradient, target: Float32Array): void => {
    const kept = values.get(`${kind}/${gradient[by]}`);
    if (kept?.length === target.length) target.set(kept);
    else target.fill(0);
  };
  for (const { operation, how, gradients } of plan.buckets) {
    for (const gradient of gradients) {
      if (gradient.momentum !== undefined) {
        put("velocity", gradient, gradient.momentum.state.current(0));
      }
    }
    const { compressed, input } = operation;
    if (compressed === undefined || how === undefined) continue;
    const { slice } = compressed;
    const share = shareOf(plan.engine, operation.operation);
    for (const [index, kind] of keptArrays(how).entries()) {
      if (!compressed.state.has(index)) continue;
      const all = new Float32Array(input.length);
      for (const gradient of gradients) {
        put(kind, gradient, all.subarray(...placeOf(gradient, input)));
      }
      const own = all.subarray(slice.offset, slice.offset + slice.count);
      compressed.state.current(index).set(own.map((value) => value * share));
    }
    compressed.state.updates = state.updates;
  }
}

function checkVariables({ shapes }: GradientPlan, { arrays }: CompressionState): void {
  for (const { kind, key, shape } of arrays) {
    const expected = shapes.get(key);
    if (shapes.has(key) && (expected === undefined || String(expected) === String(shape))) continue;
    const got = `got ${kind} of "${key}" [${shape.join()}]`;
    throw new KoloError(
      "argument_invalid",
      expected === undefined
        ? `expected the state of this optimizer's variables in setCompressionState(), ${got}; ` +
            `there are ${[...shapes.keys()].join(", ")}`
        : `expected the shape [${expected.join()}] in setCompressionState(), ${got}`,
    );
  }
}

/** Also for a rank that has nobody to exchange a slice with, and so no state. */
function* updatesOf(
  { engine }: GradientPlan,
  { operation: { operation, compressed } }: PlannedBucket,
): Generator<Wait, number, void> {
  const reduction = {
    kind: "allReduce",
    name: `${operation.name}/updates`,
    dtype: "int32",
    shape: [1],
    op: "max",
    prescale: 1,
    postscale: 1,
  } as const;
  return yield* runOperation(engine, reduction, {
    pack: (target) => target.fill(compressed?.state.updates ?? 0),
    unpack: ([updates = 0]) => updates,
  });
}

/** As gradients are reduced; what hooks keep is in their units. */
function* reduceKept(
  { engine }: GradientPlan,
  { operation: { operation: bucket, compressed } }: PlannedBucket,
  { index, kind }: { readonly index: number; readonly kind: string },
): Generator<Wait, Float32Array, void> {
  const { name, dtype, shape, op, prescale, postscale } = allReduceOf(bucket);
  const reduction = { name: `${name}/${kind}`, dtype, shape, op, prescale, postscale };
  return yield* runOperation(
    engine,
    { kind: "allReduce", ...reduction },
    {
      pack: (target) => {
        target.fill(0);
        if (compressed?.state.has(index) !== true) return;
        target.set(compressed.state.current(index), compressed.slice.offset);
      },
      unpack: (output) => Float32Array.from(output),
    },
  );
}

/** What each of those who compress keeps of a reduced value: the inverse of `reduceKept`. */
function shareOf({ world, compressionSize }: Engine, operation: Operation): number {
  const { op, postscale } = allReduceOf(operation);
  return (op === "average" ? world.size : 1) / (compressionSize * postscale);
}

function allReduceOf(operation: Operation): Extract<Operation, { kind: "allReduce" }> {
  if (operation.kind === "allReduce") return operation;
  throw new KoloError("internal", `expected gradients in an all-reduce, got ${operation.kind}`);
}

/** In a bucket's input, in elements. */
function placeOf({ input }: PlannedGradient, whole: Elements): [from: number, to: number] {
  const from = (input.byteOffset - whole.byteOffset) / whole.BYTES_PER_ELEMENT;
  return [from, from + input.length];
}
