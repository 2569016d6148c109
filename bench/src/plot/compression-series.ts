/** What the plot and the tables of compression have in common. Pure. */
import {
  type CompressionRow,
  type CompressionSummary,
  mean,
  summariesOf,
} from "../compression/compression-row.js";
import { type DatasetName } from "../compression/datasets.js";

/** What one codec reached on one dataset. */
export interface CompressionSeries {
  readonly summary: CompressionSummary;
  /** After each epoch, means over seeds. */
  readonly points: readonly { readonly bytesSent: number; readonly accuracy: number }[];
}

export const titleOf: Readonly<Record<DatasetName, string>> = {
  mnist: "MNIST",
  "fashion-mnist": "Fashion-MNIST",
};

export function datasetsOf(rows: readonly CompressionRow[]): DatasetName[] {
  return [...new Set(rows.map(({ dataset }) => dataset))];
}

/** Those of one dataset, in the order to show. */
export function compressionSeries(
  rows: readonly CompressionRow[],
  dataset: DatasetName,
): CompressionSeries[] {
  const here = rows.filter((row) => row.dataset === dataset);
  return summariesOf(here).map((summary) => {
    const own = here.filter(({ name }) => name === summary.name);
    const epochs = Math.min(...own.map(({ history }) => history.length));
    const points = Array.from({ length: epochs }, (_, epoch) => ({
      bytesSent: mean(own.map(({ history }) => history[epoch]?.bytesSent ?? NaN)),
      accuracy: mean(own.map(({ history }) => history[epoch]?.accuracy ?? NaN)),
    }));
    return { summary, points };
  });
}
