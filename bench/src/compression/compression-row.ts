/** From what each training reached to rows for JSON, and to their means over seeds. Pure. */
import { type Compression } from "@kolo/compression";
import { type Provenance } from "../provenance.js";
import { type DatasetName } from "./datasets.js";
import { type TrainingResult } from "./training.js";

/** What a training is to be. */
export interface Planned {
  readonly dataset: DatasetName;
  /** With its options, as in: topK 1 % fp16 */
  readonly name: string;
  readonly codec: Compression["kind"];
  /** Of the elements, how many travel in an update after warm-up; absent for powerSGD. */
  readonly ratio?: number;
  readonly seed: number;
  readonly epochs: number;
  readonly np: number;
  /** Images per rank and step. */
  readonly batchSize: number;
  readonly learningRate: number;
  /** Updates of the codec's own warm-up. */
  readonly warmupUpdates: number;
}

/** What it was. */
export interface Trained extends Planned, TrainingResult, Provenance {}

export interface CompressionRow extends Trained {
  /** bytesPerStep of `none`, at the same seed and after warm-up, over bytesPerStep. */
  readonly reduction: number;
  /** The same over the whole training. */
  readonly reductionTotal: number;
  /** By a rank in the whole training. */
  readonly bytesTotal: number;
  /** Of the test set after the last epoch, a fraction. */
  readonly accuracy: number;
  /** Mean cross-entropy on the test set after the last epoch. */
  readonly loss: number;
}

export function compressionRows(all: readonly Trained[]): CompressionRow[] {
  return all.map((one): CompressionRow => {
    const dense = all.find(
      ({ codec, dataset, seed }) =>
        codec === "none" && dataset === one.dataset && seed === one.seed,
    );
    const { accuracy = NaN, loss = NaN, bytesSent = NaN } = one.history.at(-1) ?? {};
    return {
      ...one,
      reduction: (dense?.bytesPerStep ?? NaN) / one.bytesPerStep,
      reductionTotal: (dense?.history.at(-1)?.bytesSent ?? NaN) / bytesSent,
      bytesTotal: bytesSent,
      ...{ accuracy, loss },
    };
  });
}

/** Means over the seeds of one codec on one dataset. */
export interface CompressionSummary {
  readonly dataset: DatasetName;
  readonly name: string;
  readonly codec: Compression["kind"];
  readonly warmupUpdates: number;
  readonly seeds: number;
  readonly bytesPerStep: number;
  readonly reduction: number;
  readonly reductionTotal: number;
  readonly bytesTotal: number;
  readonly accuracy: number;
  /** Of the worst seed, and of the best. */
  readonly accuracyRange: readonly [number, number];
  readonly loss: number;
  /** Accuracy less that of `none`, in points of a hundred. */
  readonly points: number;
}

/** In the order in which they came. */
export function summariesOf(rows: readonly CompressionRow[]): CompressionSummary[] {
  const unlike = rows.filter(
    (row, index) => rows.findIndex((other) => isLike(other, row)) === index,
  );
  const summaries = unlike.map(({ dataset, name, codec, warmupUpdates }) => {
    const own = rows.filter((row) => row.dataset === dataset && row.name === name);
    const mean = (pick: (row: CompressionRow) => number): number =>
      own.reduce((sum, row) => sum + pick(row), 0) / own.length;
    const accuracies = own.map(({ accuracy }) => accuracy);
    return {
      ...{ dataset, name, codec, warmupUpdates, seeds: own.length },
      bytesPerStep: mean((row) => row.bytesPerStep),
      reduction: mean((row) => row.reduction),
      reductionTotal: mean((row) => row.reductionTotal),
      bytesTotal: mean((row) => row.bytesTotal),
      accuracy: mean((row) => row.accuracy),
      accuracyRange: [Math.min(...accuracies), Math.max(...accuracies)] as const,
      loss: mean((row) => row.loss),
    };
  });
  return summaries.map((one): CompressionSummary => {
    const dense = summaries.find(
      ({ codec, dataset }) => codec === "none" && dataset === one.dataset,
    );
    return { ...one, points: 100 * (one.accuracy - (dense?.accuracy ?? NaN)) };
  });
}

function isLike(one: CompressionRow, other: CompressionRow): boolean {
  return one.dataset === other.dataset && one.name === other.name;
}
