/** The generated part on compression: the plot, and a table for each dataset. Pure. */
import { pointsText } from "../compression/points-text.js";
import { type CompressionRow } from "../compression/compression-row.js";
import { originText } from "./chapter.js";
import { compressionSeries, datasetsOf, titleOf } from "./compression-series.js";
import { type Column, markdownTable } from "./markdown-table.js";

export function compressionMarkdown(rows: readonly CompressionRow[], plotName: string): string {
  const [first] = rows;
  if (first === undefined) throw new Error("expected trainings, got none");
  return [
    `![Accuracy on the test set against bytes sent by a rank, for each codec](${plotName})`,
    ...datasetsOf(rows).flatMap((dataset) => [`${titleOf[dataset]}:`, table(rows, dataset)]),
    ...originsText(rows),
  ].join("\n\n");
}

const right = (title: string): Column => ({ title, align: "right" });

function table(rows: readonly CompressionRow[], dataset: CompressionRow["dataset"]): string {
  const cells = compressionSeries(rows, dataset).map(({ summary: one }) => [
    one.name,
    Math.round(one.bytesPerStep).toLocaleString("en"),
    `${one.reduction.toFixed(1)} ×`,
    `${(one.bytesTotal / 1e6).toFixed(1)} MB`,
    `${one.reductionTotal.toFixed(1)} ×`,
    percent(one.accuracy),
    one.accuracyRange.map(percent).join("–"),
    String(one.seeds),
    one.codec === "none" ? "" : pointsText(one.points),
    one.loss.toFixed(4),
  ]);
  return markdownTable(
    [
      { title: "", align: "left" },
      right("bytes a step"),
      right("less by"),
      right("in all"),
      right("less by"),
      right("accuracy"),
      right("worst–best"),
      right("seeds"),
      right("points"),
      right("loss"),
    ],
    cells,
  );
}

function percent(share: number): string {
  return (100 * share).toFixed(2);
}

/** A file may have been continued by another command; then each is said. */
function originsText(rows: readonly CompressionRow[]): string[] {
  const unlike = rows.filter(
    (row, index) =>
      rows.findIndex(({ commit, command }) => commit === row.commit && command === row.command) ===
      index,
  );
  return unlike.flatMap(originText);
}
