/** What the bench prints: means over seeds, and what each codec costs in accuracy. */
import { type CompressionRow, summariesOf } from "./compression-row.js";
import { pointsText } from "./points-text.js";

export function printReport(rows: readonly CompressionRow[]): void {
  const [first] = rows;
  if (first === undefined) return;
  const { np, batchSize, epochs, learningRate } = first;
  console.log(`\n${first.host}, ${first.date}, commit ${first.commit}`);
  console.log(
    `${np} ranks that share no memory, ${batchSize} images each a step, ${epochs} epochs, ` +
      `learning rate ${learningRate}; means over seeds, bytes that a rank sends`,
  );
  const datasets = [...new Set(rows.map(({ dataset }) => dataset))];
  const summaries = datasets.flatMap((dataset) =>
    summariesOf(rows.filter((row) => row.dataset === dataset)),
  );
  console.table(
    summaries.map(({ dataset, name, accuracyRange, ...one }) => ({
      ...{ dataset, codec: name, seeds: one.seeds },
      "bytes a step": Math.round(one.bytesPerStep),
      reduction: Number(one.reduction.toFixed(1)),
      "MB in all": Number((one.bytesTotal / 1e6).toFixed(1)),
      "reduction in all": Number(one.reductionTotal.toFixed(1)),
      accuracy: one.accuracy.toFixed(4),
      "of seeds": accuracyRange.map((value) => value.toFixed(4)).join("-"),
      points: pointsText(one.points),
      loss: one.loss.toFixed(4),
    })),
  );
  console.log("points: accuracy less that of none, in hundredths");
}
