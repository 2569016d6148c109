/** A tf.data.Dataset or a generator function as one kind of thing: a stream of examples. */
import type * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { type ExampleGenerator, type Examples, type ShardData } from "./batch-types.js";

export type StreamSource = tf.data.Dataset<tf.TensorContainer> | ExampleGenerator;

export function isStreamSource(data: ShardData): data is StreamSource {
  return typeof data === "function" || isDataset(data);
}

// Not instanceof: the user's tfjs may come with more than one copy of tfjs-data.
export function isDataset(data: unknown): data is tf.data.Dataset<tf.TensorContainer> {
  return (
    typeof data === "object" &&
    data !== null &&
    "iterator" in data &&
    typeof data.iterator === "function"
  );
}

/** Starts the source anew, at the first example that is asked for. */
export async function* openStream(
  source: StreamSource,
): AsyncGenerator<tf.TensorContainer, void, undefined> {
  const examples: unknown = await (isDataset(source) ? source.iterator() : source());
  if (!isExamples(examples)) {
    throw new KoloError(
      "argument_invalid",
      `expected the function given to shard() to return an iterator of examples, ` +
        `as a generator function does, got ${String(examples)}`,
    );
  }
  yield* asIterable(examples);
}

function isExamples(value: unknown): value is Examples<tf.TensorContainer> {
  if (typeof value !== "object" || value === null) return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value || "next" in value;
}

function asIterable<E>(examples: Examples<E>): AsyncIterable<E> | Iterable<E> {
  if (Symbol.asyncIterator in examples || Symbol.iterator in examples) return examples;
  // An iterator that is not iterable, as tf.data's are. An await in between lets both kinds pass.
  return { [Symbol.asyncIterator]: () => examples as AsyncIterator<E> };
}
