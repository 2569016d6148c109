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
  /** Accuracy less that of `none` at the same seeds, in points of a hundred. */
  readonly points: number;
}

const order: readonly Compression["kind"][] = [
  ...(["none", "fp16", "bf16", "int8", "topK", "deepGradient", "powerSGD"] as const),
];

/** By kind, and those of one kind by bytes, the most first. */
export function summariesOf(rows: readonly CompressionRow[]): CompressionSummary[] {
  const unlike = rows.filter(
    (row, index) => rows.findIndex((other) => isLike(other, row)) === index,
  );
  const summaries = unlike.map((first): CompressionSummary => {
    const { dataset, name, codec, warmupUpdates } = first;
    const own = rows.filter((row) => isLike(row, first));
    // Seeds differ more than codecs do, so that it has to be the same ones.
    const dense = rows.filter(
      (row) =>
        row.codec === "none" &&
        row.dataset === dataset &&
        own.some(({ seed }) => seed === row.seed),
    );
    const accuracies = own.map(({ accuracy }) => accuracy);
    const accuracy = mean(accuracies);
    return {
      ...{ dataset, name, codec, warmupUpdates, seeds: own.length },
      bytesPerStep: mean(own.map((row) => row.bytesPerStep)),
      reduction: mean(own.map((row) => row.reduction)),
      reductionTotal: mean(own.map((row) => row.reductionTotal)),
      bytesTotal: mean(own.map((row) => row.bytesTotal)),
      accuracy,
      accuracyRange: [Math.min(...accuracies), Math.max(...accuracies)],
      loss: mean(own.map((row) => row.loss)),
      points: 100 * (accuracy - mean(dense.map((row) => row.accuracy))),
    };
  });
  const place = ({ codec }: CompressionSummary): number => order.indexOf(codec);
  return summaries.sort(
    (one, other) => place(one) - place(other) || other.bytesPerStep - one.bytesPerStep,
  );
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function isLike(one: CompressionRow, other: CompressionRow): boolean {
  return one.dataset === other.dataset && one.name === other.name;
}
