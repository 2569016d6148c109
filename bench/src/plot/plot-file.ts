/** Puts the rows of a file into a chapter: the plot beside it, the tables between two marks in it. */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type CollectiveRow } from "../collectives/collective-row.js";
import { type TrainingRow } from "../training/training-row.js";
import { type Marks, putBetween } from "./chapter.js";
import { collectivesMarkdown } from "./collectives-markdown.js";
import { collectivesSvg } from "./collectives-svg.js";
import { speedMarkdown } from "./speed-markdown.js";
import { speedSvg } from "./speed-svg.js";

interface Part {
  readonly marks: Marks;
  /** Beside the chapter. */
  readonly plotName: string;
  readonly svg: string;
  readonly markdown: string;
}

export function plotFile(file: string, chapter: string): void {
  const rows: unknown = JSON.parse(readFileSync(file, "utf8"));
  const { marks, plotName, svg, markdown } = partOf(rows, file, chapter);
  const page = readFileSync(chapter, "utf8");
  writeFileSync(chapter, putBetween(page, marks, markdown));
  const plot = join(dirname(chapter), plotName);
  writeFileSync(plot, svg);
  console.log(`what ${file} has is now in ${chapter} and ${plot}`);
}

function partOf(rows: unknown, file: string, chapter: string): Part {
  if (haveAll<TrainingRow>(rows, ["samplesPerSecond", "efficiency"])) {
    const plotName = basename(chapter).replace(/(\.md)?$/, ".svg");
    return {
      marks: { begin: "<!-- by `npm run bench -- plot`: begin -->", end: "<!-- end -->" },
      plotName,
      svg: speedSvg(rows),
      markdown: speedMarkdown(rows, plotName),
    };
  }
  if (haveAll<CollectiveRow>(rows, ["busbwMBs", "p50Us"])) {
    const plotName = "all-reduce.svg";
    return {
      marks: {
        begin: "<!-- all-reduce, by `npm run bench -- plot`: begin -->",
        end: "<!-- end of all-reduce -->",
      },
      plotName,
      svg: collectivesSvg(rows),
      markdown: collectivesMarkdown(rows, plotName),
    };
  }
  throw new Error(
    `expected ${file} to hold what \`training\` or \`collectives\` wrote with --json`,
  );
}

function haveAll<Row>(rows: unknown, names: readonly (keyof Row & string)[]): rows is Row[] {
  const isRow = (row: unknown): boolean =>
    typeof row === "object" && row !== null && names.every((name) => name in row);
  return Array.isArray(rows) && rows.length > 0 && rows.every(isRow);
}
