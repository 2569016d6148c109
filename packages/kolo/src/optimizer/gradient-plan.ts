/**
 * What does not change from step to step: who has a gradient, which bucket it travels in, and where
 * in the arena. Made once, after the ranks have compared what they have.
 */
import { fnv1a, hashHex, KoloError } from "@kolo/core";
import { type Elements, type Engine, planBuckets, type PreparedOperation } from "@kolo/engine";
import type * as tf from "@tensorflow/tfjs";
import { elementsOf } from "../tensors/rows.js";
import { type Gradient, type GradientList, type Gradients } from "./gradient-list.js";
import { manifestOf, type Named } from "./manifest.js";

export interface PlanOptions {
  /** Names the buckets: "gradients/0". */
  readonly name: string;
  readonly op: "average" | "sum";
  /** An average is divided by this, too. */
  readonly accumulationSteps: number;
}

/** How gradients are cut; the same on every rank. */
export interface ExchangeSizes {
  readonly bucketBytes: number;
  /** Over links; undefined: what --segment-bytes said, or what fits the bucket. */
  readonly segmentBytes: number | undefined;
}

/** Elements at the end of the first bucket that are no gradients: the vote, and the weight. */
const tailElements = 2;

/** A gradient's place in a bucket. */
export interface PlannedGradient {
  /** In the list of gradients. */
  readonly index: number;
  readonly shape: readonly number[];
  readonly input: Elements;
  readonly output: Elements;
}

export interface PlannedBucket {
  readonly operation: PreparedOperation;
  readonly gradients: readonly PlannedGradient[];
}

interface Connected extends Named {
  readonly index: number;
}

export class GradientPlan {
  readonly engine: Engine;
  readonly buckets: readonly PlannedBucket[];
  /** The vote, and this rank's weight; in `tailOutput`, the mean of both. */
  readonly tailInput: Elements;
  readonly tailOutput: Elements;
  /** Of the plans of all buckets. */
  readonly hash: string;
  readonly #sizes: ExchangeSizes;
  readonly #isArray: boolean;
  readonly #names: readonly string[];
  /** Undefined for holes. */
  readonly #shapes: readonly (readonly number[] | undefined)[];
  readonly #reducedList: { name: string; tensor: Gradient }[];
  readonly #reducedMap: Record<string, Gradient> = {};

  /**
   * Compares with all ranks and blocks, unless the gradients are those of `previous`, which another
   * size was found for. Throws `manifest_mismatch`, `dtype_unsupported`.
   */
  constructor(
    engine: Engine,
    list: GradientList,
    options: PlanOptions & ExchangeSizes & { readonly previous: GradientPlan | undefined },
  ) {
    const { bucketBytes, segmentBytes } = options;
    this.engine = engine;
    this.#sizes = { bucketBytes, segmentBytes };
    this.#isArray = list.isArray;
    this.#names = [...list.names];
    this.#shapes = list.tensors.map((tensor) => tensor?.shape);
    this.#reducedList = this.#names.map((name) => ({ name, tensor: undefined }));
    for (const name of this.#names) this.#reducedMap[name] = undefined;

    const connected = connectedOf(list);
    const isKnown = options.previous?.isFor(engine, list) === true;
    if (!isKnown) engine.compareManifestSync(manifestOf(connected));
    this.buckets = prepareBuckets(engine, connected, options);
    const [first] = this.buckets;
    if (first === undefined) throw new KoloError("internal", "expected a bucket for the vote");
    this.tailInput = first.operation.input.subarray(-tailElements);
    this.tailOutput = first.operation.output.subarray(-tailElements);
    const hashes = this.buckets.map(({ operation }) =>
      engine.planHash(operation.operation, { segmentBytes }),
    );
    this.hash = hashes.length === 1 ? hashes.join() : hashHex(fnv1a(hashes.join()));
  }

  /** Whether this plan cuts like that. */
  cuts({ bucketBytes, segmentBytes }: ExchangeSizes): boolean {
    return bucketBytes === this.#sizes.bucketBytes && segmentBytes === this.#sizes.segmentBytes;
  }

  /** Whether this plan is for gradients like these. */
  isFor(engine: Engine, list: GradientList): boolean {
    if (engine !== this.engine || list.isArray !== this.#isArray) return false;
    if (list.names.length !== this.#names.length) return false;
    for (let i = 0; i < this.#names.length; i++) {
      if (list.names[i] !== this.#names[i]) return false;
      if (!hasShape(list.tensors[i], this.#shapes[i])) return false;
    }
    return true;
  }

  /** Puts a reduced gradient in its place. */
  give(index: number, tensor: tf.Tensor): void {
    const entry = this.#reducedList[index];
    if (entry === undefined) return;
    entry.tensor = tensor;
    if (!this.#isArray) this.#reducedMap[entry.name] = tensor;
  }

  /** In the form in which the gradients came, holes in their places. */
  get reduced(): Gradients {
    return (this.#isArray ? this.#reducedList : this.#reducedMap) as Gradients;
  }

  disposeReduced(): void {
    for (const entry of this.#reducedList) {
      entry.tensor?.dispose();
      entry.tensor = undefined;
      if (!this.#isArray) this.#reducedMap[entry.name] = undefined;
    }
  }

  release(): void {
    for (const { operation } of this.buckets) operation.release();
  }
}

function connectedOf({ names, tensors }: GradientList): Connected[] {
  const connected: Connected[] = [];
  for (const [index, tensor] of tensors.entries()) {
    if (tensor == null) continue;
    const name = names[index] ?? "";
    const { dtype } = tensor;
    if (dtype !== "float32") {
      throw new KoloError(
        "dtype_unsupported",
        `expected the gradient of variable "${name}" to be float32, got ${dtype}`,
      );
    }
    connected.push({ index, name, shape: [...tensor.shape], dtype });
  }
  return connected;
}

function prepareBuckets(
  engine: Engine,
  connected: readonly Connected[],
  { name, op, accumulationSteps, bucketBytes, segmentBytes }: PlanOptions & ExchangeSizes,
): PlannedBucket[] {
  const planned = planBuckets(
    connected.map(({ shape }) => elementsOf(shape)),
    bucketBytes,
  );
  // The tail travels even where nothing is connected.
  if (planned.length === 0) planned.push({ entries: [], count: 0 });

  const buckets: PlannedBucket[] = [];
  try {
    for (const [i, { entries, count }] of planned.entries()) {
      const reduction = {
        kind: "allReduce",
        name: `${name}/${i}`,
        dtype: "float32",
        shape: [i === 0 ? count + tailElements : count],
        op,
        prescale: 1,
        postscale: 1 / accumulationSteps,
      } as const;
      const operation = engine.prepare(reduction, { segmentBytes });
      const gradients = entries.flatMap((entry) => {
        const { index, shape } = connected[entry.index] ?? {};
        if (index === undefined || shape === undefined) return [];
        const end = entry.offset + entry.count;
        const input = operation.input.subarray(entry.offset, end);
        const output = operation.output.subarray(entry.offset, end);
        return [{ index, shape, input, output }];
      });
      buckets.push({ operation, gradients });
    }
    return buckets;
  } catch (error) {
    for (const { operation } of buckets) operation.release();
    throw error;
  }
}

function hasShape(tensor: Gradient, shape: readonly number[] | undefined): boolean {
  if (tensor == null || shape === undefined) return tensor == null && shape === undefined;
  if (tensor.dtype !== "float32" || tensor.shape.length !== shape.length) return false;
  for (let i = 0; i < shape.length; i++) if (tensor.shape[i] !== shape[i]) return false;
  return true;
}
