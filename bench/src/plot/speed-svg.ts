/**
 * Samples per second as horizontal bars, in SVG. Bars are drawn to scale from zero; the mark behind
 * a bar of several ranks is where perfect scaling would end.
 */
import { type TrainingRow } from "../training/training-row.js";
import { baselineNote, ranksText, rateText, speedGroups } from "./speed-bars.js";
import { line, picture, round, text } from "./svg.js";

const width = 760;
const barLeft = 250;
const barRight = 560;
const barHeight = 18;
const rowHeight = 24;
const groupGap = 14;
const top = 76;

const style = {
  light: `
  .kolo { fill: #0b62c4 } .torch { fill: #c2571a } .tfjs { fill: #8b949e }
  .perfect { stroke: #24292f; stroke-width: 1.5 }`,
  dark: `
    .kolo { fill: #58a6ff } .torch { fill: #f0883e } .tfjs { fill: #6e7681 }
    .perfect { stroke: #e6edf3 }`,
};

export function speedSvg(rows: readonly TrainingRow[]): string {
  const groups = speedGroups(rows);
  const perfectOf = (row: TrainingRow): number => row.samplesPerSecond / row.efficiency;
  const most = Math.max(...rows.map((row) => Math.max(row.samplesPerSecond, perfectOf(row))));
  const x = (rate: number): number => round(barLeft + ((barRight - barLeft) * rate) / most);

  const parts: string[] = [];
  let y = top;
  for (const { title, impl, rows: bars } of groups) {
    parts.push(text(20, y + 13, title));
    for (const row of bars) {
      const end = x(row.samplesPerSecond);
      const perfect = x(perfectOf(row));
      const efficiency = row.np > 1 ? `, ${(100 * row.efficiency).toFixed(0)} % efficiency` : "";
      const label = `${rateText(row.samplesPerSecond)}${efficiency}`;
      parts.push(
        text(barLeft - 10, y + 13, ranksText(row.np), "quiet", "end"),
        `<rect class="${impl}" x="${barLeft}" y="${y}" width="${Math.max(1, round(end - barLeft))}" height="${barHeight}" rx="2"/>`,
        ...(row.np > 1 ? [line(perfect, y - 2, perfect, y + barHeight + 2, "perfect")] : []),
        text(Math.max(end, row.np > 1 ? perfect : 0) + 8, y + 13, label),
      );
      y += rowHeight;
    }
    y += groupGap;
  }
  const bottom = y - groupGap;
  const [first] = rows;
  const notes = [
    "A line marks perfect scaling: the rate of one rank times the number of ranks.",
    ...(groups.some(({ impl }) => impl === "tfjs") ? [baselineNote] : []),
    first === undefined ? "" : `${first.host}, ${first.date}`,
  ];
  const height = bottom + 24 + notes.length * 18;
  return picture({
    ...{ width, height, style, label: "Samples per second by backend and number of ranks" },
    parts: [
      text(20, 30, "Training a small CNN on MNIST: samples per second", "title"),
      text(
        20,
        52,
        `${first?.batchSize ?? 64} images per rank and step, Adam, all ranks on one machine`,
        "quiet",
      ),
      line(barLeft, top - 6, barLeft, bottom, "axis"),
      ...parts,
      ...notes.map((note, index) => text(20, bottom + 24 + index * 18, note, "quiet")),
    ],
  });
}
