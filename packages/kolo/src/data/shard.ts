/** Unbatched examples in, this rank's batches out. */
import type * as tf from "@tensorflow/tfjs";
import { session, sessionSeed } from "../session.js";
import { batchExamples, disposeExample } from "./batch-examples.js";
import { type BatchOf, type ShardData } from "./batch-types.js";
import { isDataset, isStreamSource, openStream, type StreamSource } from "./open-stream.js";
import { epochRandom, permutation } from "./permutation.js";
import { expectOneStep, globalBatch, positionsOfRank, stepCount } from "./plan-shard.js";
import { type ColumnReader, readColumns } from "./read-columns.js";
import { rowsOfRank } from "./rows-of-rank.js";
import { type CheckedShardOptions, checkShardOptions, type ShardOptions } from "./shard-options.js";
import { ShardedDataset } from "./sharded-dataset.js";
import { shuffleStream } from "./shuffle-stream.js";

/** Spelled so that TypeScript works it out where `data` is known, and not before. */
type ShardOf<D> = BatchOf<D> extends infer B extends tf.TensorContainer ? ShardedDataset<B> : never;

interface ShardSettings extends CheckedShardOptions {
  readonly rank: number;
  readonly size: number;
}

/**
 * Divides examples among the ranks so that step t of n ranks, with batches of b, is step t of one
 * process with batches of n·b; every rank takes the same number of steps, in every epoch in a new
 * order that depends on `seed` and the epoch only. For `fitDataset`, `evaluateDataset`,
 * `forEachAsync` and `for await`.
 *
 * `data` is a tensor, a typed array, `{ values, shape }`, an object or tuple of those such as
 * `{ xs, ys }`, a tf.data.Dataset of unbatched examples, or a generator function. It must be the same
 * on every rank, in the same order, and every rank must go through it equally often.
 *
 * Tensors and arrays: each rank reads its own rows only. Datasets and generators: each rank reads all
 * examples, disposes those of others, and holds its batch and the shuffle's buffer.
 *
 * Throws `argument_invalid` (for a stream of unknown length, at its end) and `not_initialized`.
 */
export function shard<D extends ShardData>(data: D, options: ShardOptions): ShardOf<D> {
  const checked = checkShardOptions(options, sessionSeed());
  const { rank, size } = options.world ?? session().world;
  const settings: ShardSettings = { ...checked, rank, size };
  const dataset = isStreamSource(data)
    ? shardStream(data, settings)
    : shardColumns(readColumns(data), settings);
  return dataset as ShardOf<D>;
}

function shardColumns(
  columns: ColumnReader,
  settings: ShardSettings,
): ShardedDataset<tf.TensorContainer> {
  const { rank, size, seed, shuffleBuffer } = settings;
  const { examples } = columns;
  expectOneStep(settings, examples);
  const steps = stepCount(settings, examples);
  return new ShardedDataset(function* (epoch) {
    const order = shuffleBuffer > 0 ? permutation(examples, epochRandom(seed, epoch)) : undefined;
    for (let step = 0; step < steps; step++) {
      const positions = positionsOfRank(globalBatch(settings, examples, step), rank, size);
      yield columns.read(
        order === undefined ? positions : positions.map((position) => order[position] ?? 0),
      );
    }
  }, steps);
}

function shardStream(
  source: StreamSource,
  settings: ShardSettings,
): ShardedDataset<tf.TensorContainer> {
  const { seed, shuffleBuffer } = settings;
  const steps = knownSteps(source, settings);
  return new ShardedDataset(async function* (epoch) {
    const examples = openStream(source);
    const shuffled =
      shuffleBuffer > 0
        ? shuffleStream(examples, shuffleBuffer, epochRandom(seed, epoch), disposeExample)
        : examples;
    for await (const rows of rowsOfRank(shuffled, settings, disposeExample))
      yield batchExamples(rows);
  }, steps);
}

/** Infinity for an endless Dataset, null where the length is not known. */
function knownSteps(source: StreamSource, settings: ShardSettings): number | null {
  const examples: number | null | undefined = isDataset(source) ? source.size : null;
  // zip() says 0 where it knows the size of only some of its parts.
  if (examples == null || examples === 0) return null;
  if (examples === Infinity) return Infinity;
  expectOneStep(settings, examples);
  return stepCount(settings, examples);
}
