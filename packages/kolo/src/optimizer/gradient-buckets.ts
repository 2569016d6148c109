/**
 * Which bucket each gradient travels in, and where in the arena: what travels alike together, in the order
 * of the gradients.
 */
import { type Compressing } from "@kolo/compression";
import {
  type BucketEntry,
  type Elements,
  type Engine,
  planBuckets,
  type PreparedOperation,
} from "@kolo/engine";
import { elementsOf } from "../tensors/rows.js";
import { type CompressionChoice, type Travel } from "./compression-choice.js";
import { GradientMomentum } from "./gradient-momentum.js";
import { type Named } from "./manifest.js";

export interface PlanOptions {
  /** Names the buckets: "gradients/0". */
  readonly name: string;
  readonly op: "average" | "sum";
  /** An average is divided by this, too. */
  readonly accumulationSteps: number;
  readonly compression: CompressionChoice;
}

/** How gradients are cut; the same on every rank. */
export interface ExchangeSizes {
  readonly bucketBytes: number;
  /** Over links; undefined: what --segment-bytes said, or what fits the bucket. */
  readonly segmentBytes: number | undefined;
}

/** Elements at the end of the first bucket that are no gradients: the vote, and the weight. */
export const tailElements = 2;

/** A gradient's place in a bucket. */
export interface PlannedGradient {
  /** In the list of gradients. */
  readonly index: number;
  readonly name: string;
  /** Its name in every process that has these variables. */
  readonly key: string;
  readonly shape: readonly number[];
  readonly input: Elements;
  readonly output: Elements;
  readonly clipNorm: number | undefined;
  /** Where nobody else applies it. */
  readonly momentum: GradientMomentum | undefined;
}

export interface PlannedBucket {
  readonly operation: PreparedOperation;
  /** Undefined where it travels as it is. */
  readonly how: Compressing | undefined;
  readonly gradients: readonly PlannedGradient[];
}

/** A gradient that there is. */
export interface Connected extends Named {
  readonly index: number;
  readonly key: string;
  readonly travel: Travel;
}

/** The bucket of what travels as it is comes first, and has the tail, whatever else is in it. */
export function prepareBuckets(
  engine: Engine,
  connected: readonly Connected[],
  options: PlanOptions & ExchangeSizes,
): PlannedBucket[] {
  const contents = byTravel(engine, connected).flatMap(({ how, gradients }, group) => {
    const planned = planBuckets(
      gradients.map(({ shape }) => elementsOf(shape)),
      options.bucketBytes,
    );
    if (group === 0 && planned.length === 0) planned.push({ entries: [], count: 0 });
    return planned.map(({ entries, count }) => ({
      how,
      count,
      placed: placedIn(entries, gradients),
    }));
  });
  const buckets: PlannedBucket[] = [];
  let tail: Elements | undefined;
  try {
    for (const [number, content] of contents.entries()) {
      const next = contents[number + 1];
      // What is compressed counts in units that all ranks must know by then, from the tail.
      const followed = next !== undefined && (number > 0 || next.how === undefined);
      const bucket = prepareBucket(engine, { ...content, tail, number, followed }, options);
      tail ??= bucket.operation.output.subarray(-tailElements);
      buckets.push(bucket);
    }
    return buckets;
  } catch (error) {
    for (const { operation } of buckets) operation.release();
    throw error;
  }
}

type Placed = Connected & { readonly offset: number; readonly count: number };

function placedIn(entries: readonly BucketEntry[], gradients: readonly Connected[]): Placed[] {
  return entries.flatMap((entry) => {
    const gradient = gradients[entry.index];
    return gradient === undefined ? [] : [{ ...gradient, ...entry, index: gradient.index }];
  });
}

/** What travels alike together: first what is not compressed, also where there is nothing of that. */
function byTravel(
  engine: Engine,
  connected: readonly Connected[],
): { how: Compressing | undefined; gradients: Connected[] }[] {
  const groups = new Map<string, { how: Compressing | undefined; gradients: Connected[] }>();
  groups.set("", { how: undefined, gradients: [] });
  for (const gradient of connected) {
    const how = engine.compressionSize > 1 ? gradient.travel.how : undefined;
    const key = how === undefined ? "" : JSON.stringify(how);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { how, gradients: [gradient] });
    else group.gradients.push(gradient);
  }
  return [...groups.values()];
}

interface BucketContent {
  readonly how: Compressing | undefined;
  readonly placed: readonly Placed[];
  readonly count: number;
  readonly number: number;
  /** By another bucket, at every step. */
  readonly followed: boolean;
  /** Of the first bucket; undefined for that one itself. */
  readonly tail: Elements | undefined;
}

function prepareBucket(
  engine: Engine,
  { how, placed, count, number, followed, tail }: BucketContent,
  { name, op, accumulationSteps, segmentBytes }: PlanOptions & ExchangeSizes,
): PlannedBucket {
  const matrices = placed.flatMap(({ shape, offset, count: elements }) => {
    const columns = shape.at(-1) ?? 0;
    return shape.length < 2 || elements === 0
      ? []
      : [{ offset, rows: elements / columns, columns }];
  });
  const unit = op === "average" ? tail?.subarray(1, 2) : undefined;
  const operation = engine.prepare(
    {
      kind: "allReduce",
      name: `${name}/${number}`,
      dtype: "float32",
      shape: [tail === undefined ? count + tailElements : count],
      op,
      prescale: 1,
      postscale: 1 / accumulationSteps,
      followed,
    },
    { segmentBytes, ...(how && { compression: { how, matrices, ...(unit && { unit }) } }) },
  );
  const gradients = placed.map((gradient) => {
    const { index, name: variable, key, shape, offset, travel } = gradient;
    const end = offset + gradient.count;
    return {
      ...{ index, name: variable, key, shape },
      input: operation.input.subarray(offset, end),
      output: operation.output.subarray(offset, end),
      clipNorm: travel.clipNorm,
      momentum:
        how === undefined && travel.momentum > 0
          ? new GradientMomentum(travel.momentum, gradient.count)
          : undefined,
    };
  });
  return { operation, how, gradients };
}
