/** Puts measured rows into a chapter: the plot beside it, the tables between two marks in it. */
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { type TrainingRow } from "../training/training-row.js";
import { speedMarkdown } from "./speed-markdown.js";
import { speedSvg } from "./speed-svg.js";

const begin = "<!-- by `npm run bench -- plot`: begin -->";
const end = "<!-- end -->";

export function plotTraining(file: string, chapter: string): void {
  const rows = readRows(file);
  const plot = chapter.replace(/(\.md)?$/, ".svg");
  const page = readFileSync(chapter, "utf8");
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) {
    throw new Error(
      `expected the lines "${begin}" and "${end}" in ${chapter}, one after the other`,
    );
  }
  const before = page.slice(0, from + begin.length);
  const tables = speedMarkdown(rows, basename(plot));
  writeFileSync(chapter, `${before}\n\n${tables}\n\n${page.slice(to)}`);
  writeFileSync(plot, speedSvg(rows));
  console.log(`${rows.length} rows of ${file} are now in ${chapter} and ${plot}`);
}

function readRows(file: string): TrainingRow[] {
  const rows: unknown = JSON.parse(readFileSync(file, "utf8"));
  const isRow = (row: unknown): boolean =>
    typeof row === "object" && row !== null && "samplesPerSecond" in row && "efficiency" in row;
  if (!Array.isArray(rows) || rows.length === 0 || !rows.every(isRow)) {
    throw new Error(`expected ${file} to hold what \`training --json\` wrote`);
  }
  return rows as TrainingRow[];
}
