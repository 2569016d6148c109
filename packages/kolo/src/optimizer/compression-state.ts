/**
 * What compression keeps for later, as one state of the world: for each variable, the mean over all
 * ranks of what each keeps of it. All that was not sent is in that sum, so it can be given to as many
 * ranks as there will be, in buckets and slices of other sizes.
 */
import * as tf from "@tensorflow/tfjs";
import { keptArrays } from "@kolo/compression";
import { KoloError } from "@kolo/core";
import { type Elements } from "@kolo/engine";
import { runOperation, type Wait } from "../tensors/steps.js";
import { type PlannedBucket, type PlannedGradient } from "./gradient-buckets.js";
import { type GradientPlan } from "./gradient-plan.js";

export interface CompressionState {
  /** Updates so far: how far a warm-up is. */
  readonly updates: number;
  readonly arrays: readonly KeptArray[];
}

export interface KeptArray {
  /** As in: residual/conv2d/kernel */
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** As optimizers give their weights. */
export type NamedTensor = Awaited<ReturnType<tf.Optimizer["getWeights"]>>[number];

const velocity = "velocity";
const updatesName = "compression/updates";

/** For a checkpoint; new tensors. */
export function toTensors({ updates, arrays }: CompressionState): NamedTensor[] {
  if (arrays.length === 0) return [];
  return [
    { name: updatesName, tensor: tf.scalar(updates, "int32") },
    ...arrays.map(({ name, shape, values }) => ({ name, tensor: tf.tensor(values, [...shape]) })),
  ];
}

/** What `toTensors` made; they are not disposed. Throws `argument_invalid`. */
export async function fromTensors(tensors: readonly NamedTensor[]): Promise<CompressionState> {
  const arrays: KeptArray[] = [];
  let updates = 0;
  for (const { name, tensor } of tensors) {
    const values = await tensor.data();
    if (name === updatesName) {
      updates = values[0] ?? 0;
    } else if (values instanceof Float32Array) {
      arrays.push({ name, shape: tensor.shape, values });
    } else {
      throw new KoloError(
        "argument_invalid",
        `expected float32 tensors from getCompressionState(), got ${tensor.dtype} for "${name}"`,
      );
    }
  }
  return { updates, arrays };
}

/** A collective: every rank must take these steps. */
export function* collectState(plan: GradientPlan): Generator<Wait, CompressionState, void> {
  const arrays: KeptArray[] = [];
  let updates = 0;
  for (const bucket of plan.buckets) {
    const { operation, how, gradients } = bucket;
    updates = Math.max(updates, operation.compressed?.state.updates ?? 0);
    for (const { name, shape, momentum } of gradients) {
      if (momentum === undefined) continue;
      const values = momentum.state.current(0).slice();
      arrays.push({ name: `${velocity}/${name}`, shape, values });
    }
    for (const [index, kind] of (how === undefined ? [] : keptArrays(how)).entries()) {
      const mean = yield* meanOverRanks(plan, bucket, { index, kind });
      for (const gradient of gradients) {
        const { name, shape } = gradient;
        const [from, to] = placeOf(gradient, operation.input);
        arrays.push({ name: `${kind}/${name}`, shape, values: mean.slice(from, to) });
      }
    }
  }
  return { updates, arrays };
}

/** Gives this rank its part. What the state does not have begins with zeros. */
export function restoreState({ engine, buckets }: GradientPlan, state: CompressionState): void {
  const byName = new Map(state.arrays.map((array) => [array.name, array.values]));
  for (const { operation, how, gradients } of buckets) {
    for (const { name, momentum } of gradients) {
      const current = momentum?.state.current(0);
      const values = byName.get(`${velocity}/${name}`);
      if (values !== undefined && values.length === current?.length) current.set(values);
    }
    const { compressed, input } = operation;
    if (compressed === undefined || how === undefined) continue;
    const { slice } = compressed;
    const share = engine.world.size / engine.compressionSize;
    for (const [index, kind] of keptArrays(how).entries()) {
      const all = new Float32Array(input.length);
      for (const gradient of gradients) {
        const [from, to] = placeOf(gradient, input);
        const values = byName.get(`${kind}/${gradient.name}`);
        if (values?.length === to - from) all.set(values, from);
      }
      const own = all.subarray(slice.offset, slice.offset + slice.count);
      if (!compressed.state.has(index)) continue;
      compressed.state.current(index).set(own.map((value) => value * share));
    }
    compressed.state.updates = state.updates;
  }
}

function* meanOverRanks(
  { engine }: GradientPlan,
  { operation: { operation, compressed, input } }: PlannedBucket,
  { index, kind }: { readonly index: number; readonly kind: string },
): Generator<Wait, Float32Array, void> {
  const reduction = {
    kind: "allReduce",
    name: `${operation.name}/${kind}`,
    dtype: "float32",
    shape: [input.length],
    op: "average",
    prescale: 1,
    postscale: 1,
  } as const;
  return yield* runOperation(engine, reduction, {
    pack: (target) => {
      target.fill(0);
      if (compressed?.state.has(index) !== true) return;
      target.set(compressed.state.current(index), compressed.slice.offset);
    },
    unpack: (output) => Float32Array.from(output),
  });
}

/** In a bucket's input, in elements. */
function placeOf({ input }: PlannedGradient, whole: Elements): [from: number, to: number] {
  const from = (input.byteOffset - whole.byteOffset) / whole.BYTES_PER_ELEMENT;
  return [from, from + input.length];
}
