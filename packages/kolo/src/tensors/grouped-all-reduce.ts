/**
 * Many tensors, few operations: those of one dtype lie one after the other in one flat buffer, so
 * that all of them together pay the latency of one. Groups beyond `bucketBytes` take several, all
 * under way at once.
 */
import * as tf from "@tensorflow/tfjs";
import { type AllReduce } from "@kolo/collectives";
import { fnv1a, hashHex } from "@kolo/core";
import { type BucketEntry, type Elements, type Engine, planBuckets } from "@kolo/engine";
import { session } from "../session.js";
import { type AllReduceOptions } from "./all-reduce.js";
import { checkOptions } from "./check-options.js";
import { queueOf } from "./collective-queue.js";
import { borrowInput, holdInput, type Input } from "./input.js";
import { readInto } from "./read-into.js";
import { elementsOf } from "./rows.js";
import { startTogether } from "./start-together.js";
import { type Steps } from "./steps.js";

const bucketBytes = 25 * 2 ** 20;
/** So many shapes stand in an operation's name; of the others, a hash. */
const namedShapes = 8;

type Group = readonly [] | readonly (tf.Tensor | tf.TensorLike)[];

/** A tensor for each one given. */
export type Reduced<T extends Group> = {
  -readonly [K in keyof T]: T[K] extends tf.Tensor<infer R> ? tf.Tensor<R> : tf.Tensor;
};

/**
 * The reduction of each of `xs` over all ranks, in their order, as `allReduce` has it: with the same
 * options for all of them, at the cost of one all-reduce for each dtype among them. All ranks give
 * equally many tensors, of the same shapes and dtypes. They are not disposed, and may be disposed as
 * soon as the call returns; the results are new tensors, which the caller owns.
 *
 * Throws `dtype_unsupported`, `argument_invalid`, `not_initialized`, `operation_mismatch`.
 */
export async function groupedAllReduce<T extends Group>(
  xs: T,
  options: AllReduceOptions = {},
): Promise<Reduced<T>> {
  const engine = session();
  return queueOf(engine).run(collective(engine, xs, holdInput, options));
}

/** `groupedAllReduce` that blocks: usable inside `tf.tidy`, callbacks and training steps. */
export function groupedAllReduceSync<T extends Group>(
  xs: T,
  options: AllReduceOptions = {},
): Reduced<T> {
  const engine = session();
  return queueOf(engine).runSync(collective(engine, xs, borrowInput, options));
}

/** Checks and names at once; the steps run later, and release the inputs when they are packed. */
function collective<T extends Group>(
  engine: Engine,
  xs: T,
  take: typeof holdInput,
  options: AllReduceOptions,
): Steps<Reduced<T>> {
  checkOptions("groupedAllReduce", options, ["op", "name", "prescale", "postscale"]);
  const inputs: Input[] = [];
  try {
    for (const x of xs) inputs.push(take("groupedAllReduce", x));
  } catch (error) {
    for (const input of inputs) input.release();
    throw error;
  }
  const name = options.name ?? queueOf(engine).nextName("groupedAllReduce");
  return reduce(engine, inputs, { ...options, name }) as Steps<Reduced<T>>;
}

// eslint-disable-next-line require-yield -- what it starts is not waited for here
function* reduce(
  engine: Engine,
  inputs: readonly Input[],
  options: Named,
): Steps<(tf.Tensor | undefined)[]> {
  try {
    // Tensors are made at the end: until then, somebody else's `tf.tidy` may be around this.
    const values: (Elements | undefined)[] = inputs.map(() => undefined);
    const parts = bucketsOf(inputs, options).map(({ operation, entries }) => ({
      operation,
      pack: (target: Elements) => {
        for (const { input, offset, count } of entries) {
          readInto(input.tensor, target.subarray(offset, offset + count));
        }
      },
      unpack: (output: Elements) => {
        for (const { index, offset, count } of entries) {
          values[index] = output.slice(offset, offset + count);
        }
      },
    }));
    return {
      operation: startTogether(engine, parts),
      result: () =>
        inputs.map(({ shape, dtype }, index) => {
          const own = values[index];
          return own && tf.tensor(own, [...shape], dtype);
        }),
    };
  } finally {
    for (const input of inputs) input.release();
  }
}

type Named = AllReduceOptions & { readonly name: string };

interface Bucket {
  readonly operation: AllReduce;
  readonly entries: readonly (BucketEntry & { readonly input: Input })[];
}

function bucketsOf(
  inputs: readonly Input[],
  { name, op = "average", prescale = 1, postscale = 1 }: Named,
): Bucket[] {
  return (["float32", "int32"] as const).flatMap((dtype) => {
    const own = [...inputs.entries()].filter(([, input]) => input.dtype === dtype);
    const counts = own.map(([, { shape }]) => elementsOf(shape));
    return planBuckets(counts, bucketBytes).map((bucket, i) => {
      const entries = bucket.entries.flatMap((entry) => {
        const [index, input] = own[entry.index] ?? [];
        return index === undefined || input === undefined ? [] : [{ ...entry, index, input }];
      });
      const shapes = listed(entries.map(({ input }) => input.shape));
      const operation: AllReduce = {
        ...{ kind: "allReduce", name: `${name}/${dtype}/${i} ${shapes}` },
        ...{ dtype, shape: [bucket.count], op, prescale, postscale },
      };
      return { operation, entries };
    });
  });
}

/** As in: [128,10] [10]. Ranks whose shapes differ have different operations. */
function listed(shapes: readonly (readonly number[])[]): string {
  const texts = shapes.map((shape) => `[${shape.join(",")}]`);
  const others = texts.slice(namedShapes);
  const named = texts.slice(0, namedShapes).join(" ");
  if (others.length === 0) return named;
  return `${named} and ${others.length} more (${hashHex(fnv1a(others.join()))})`;
}
