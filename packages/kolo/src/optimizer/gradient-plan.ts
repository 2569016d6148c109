/**
 * What does not change from step to step: who has a gradient, which bucket it travels in, and where
 * in the arena. Made once, after the ranks have compared what they have.
 */
import { fnv1a, hashHex, KoloError } from "@kolo/core";
import { type Elements, type Engine } from "@kolo/engine";
import type * as tf from "@tensorflow/tfjs";
import { describeTravel } from "./compression-choice.js";
import { describeFinish, type FinishOptions } from "./finish-gradients.js";
import {
  type Connected,
  type ExchangeSizes,
  type PlannedBucket,
  type PlannedGradient,
  type PlanOptions,
  prepareBuckets,
  tailElements,
} from "./gradient-buckets.js";
import { type Gradient, type GradientList, type Gradients } from "./gradient-list.js";
import { keysOf, manifestOf } from "./manifest.js";

export class GradientPlan {
  readonly engine: Engine;
  readonly buckets: readonly PlannedBucket[];
  /** The vote, and this rank's weight; in `tailOutput`, the mean of both. */
  readonly tailInput: Elements;
  readonly tailOutput: Elements;
  /** Those that are clipped before they travel. */
  readonly clipped: readonly PlannedGradient[];
  /** Of the plans of all buckets. */
  readonly hash: string;
  /** Of all variables by their keys; undefined for holes. */
  readonly shapes: ReadonlyMap<string, readonly number[] | undefined>;
  readonly #sizes: ExchangeSizes;
  readonly #isArray: boolean;
  readonly #names: readonly string[];
  /** Undefined for holes. */
  readonly #shapes: readonly (readonly number[] | undefined)[];
  readonly #reducedList: { name: string; tensor: Gradient }[];
  readonly #reducedMap: Record<string, Gradient> = {};

  /** After `compareGradients`. Throws `dtype_unsupported`, `argument_invalid`. */
  constructor(engine: Engine, list: GradientList, options: PlanOptions & ExchangeSizes) {
    const { bucketBytes, segmentBytes } = options;
    this.engine = engine;
    this.#sizes = { bucketBytes, segmentBytes };
    this.#isArray = list.isArray;
    this.#names = [...list.names];
    this.#shapes = list.tensors.map((tensor) => tensor?.shape);
    this.shapes = new Map(keysOf(this.#names).map((key, index) => [key, this.#shapes[index]]));
    this.#reducedList = this.#names.map((name) => ({ name, tensor: undefined }));
    for (const name of this.#names) this.#reducedMap[name] = undefined;

    const connected = connectedOf(list).map((gradient) => ({
      ...gradient,
      travel: options.compression.of(gradient.name, gradient.shape),
    }));
    this.buckets = prepareBuckets(engine, connected, options);
    this.clipped = this.buckets.flatMap(({ gradients }) =>
      gradients.filter(({ clipNorm }) => clipNorm !== undefined),
    );
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

  /** Whether something is kept from one exchange to the next. */
  get keepsState(): boolean {
    return this.buckets.some(
      ({ how, gradients }) =>
        how !== undefined || gradients.some(({ momentum }) => momentum !== undefined),
    );
  }

  /** What the last exchange has left for later is as it was before: its result is not applied. */
  takeBack(): void {
    for (const { operation, gradients } of this.buckets) {
      operation.compressed?.state.takeBack();
      for (const { momentum } of gradients) momentum?.state.takeBack();
    }
  }

  release(): void {
    for (const { operation } of this.buckets) operation.release();
  }
}

/**
 * With all ranks; blocks. What is done to gradients is compared with them: much of it is done by each rank
 * for itself, which would part ranks that differ. Throws `manifest_mismatch`, `dtype_unsupported`.
 */
export function compareGradients(
  engine: Engine,
  list: GradientList,
  options: Pick<PlanOptions, "compression"> & FinishOptions,
): void {
  const connected = connectedOf(list);
  const finishing = describeFinish(options);
  engine.compareManifestSync([
    ...manifestOf(connected).map((entry, index) => {
      const { name, shape } = connected[index] ?? entry;
      const travel = describeTravel(options.compression.of(name, shape));
      return travel === "" ? entry : { ...entry, name: `${entry.name} (${travel})` };
    }),
    ...(finishing === "" ? [] : [{ name: finishing, shape: [], dtype: "float32" as const }]),
  ]);
}

function connectedOf({ names, tensors }: GradientList): Omit<Connected, "travel">[] {
  const connected: Omit<Connected, "travel">[] = [];
  const keys = keysOf(names);
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
    connected.push({ index, name, key: keys[index] ?? "", shape: [...tensor.shape], dtype });
  }
  return connected;
}

function hasShape(tensor: Gradient, shape: readonly number[] | undefined): boolean {
  if (tensor == null || shape === undefined) return tensor == null && shape === undefined;
  if (tensor.dtype !== "float32" || tensor.shape.length !== shape.length) return false;
  for (let i = 0; i < shape.length; i++) if (tensor.shape[i] !== shape[i]) return false;
  return true;
}
