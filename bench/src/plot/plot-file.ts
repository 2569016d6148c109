/** Puts the rows of a file into a chapter: the plot beside it, the tables between two marks in it. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type CollectiveRow } from "../collectives/collective-row.js";
import { type CompressionRow } from "../compression/compression-row.js";
import { type TrainingRow } from "../training/training-row.js";
import { type Marks, putBetween } from "./chapter.js";
import { collectivesMarkdown } from "./collectives-markdown.js";
import { collectivesSvg } from "./collectives-svg.js";
import { compressionMarkdown } from "./compression-markdown.js";
import { compressionSvg } from "./compression-svg.js";
import { speedMarkdown } from "./speed-markdown.js";
import { speedSvg } from "./speed-svg.js";

interface Part {
  /** Where it belongs unless another is asked for. */
  readonly chapter: string;
  readonly marks: Marks;
  /** Beside the chapter. */
  readonly plotName: string;
  readonly svg: string;
  readonly markdown: string;
}

const speedChapter = "docs/speed.md";

/** Into the chapter where such rows belong, unless another is named. */
export function plotFile(file: string, named: string | undefined): void {
  const rows: unknown = JSON.parse(readFileSync(file, "utf8"));
  const { marks, plotName, svg, markdown, ...part } = partOf(rows, file);
  const chapter = named ?? part.chapter;
  const page = readFileSync(chapter, "utf8");
  writeFileSync(chapter, putBetween(page, marks, markdown));
  const plot = join(dirname(chapter), plotName);
  writeFileSync(plot, svg);
  console.log(`what ${file} has is now in ${chapter} and ${plot}`);
}

function partOf(rows: unknown, file: string): Part {
  if (haveAll<TrainingRow>(rows, ["samplesPerSecond", "efficiency"])) {
    const plotName = "speed.svg";
    return {
      chapter: speedChapter,
      marks: { begin: "<!-- by `npm run bench -- plot`: begin -->", end: "<!-- end -->" },
      plotName,
      svg: speedSvg(rows),
      markdown: speedMarkdown(rows, plotName),
    };
  }
  if (haveAll<CollectiveRow>(rows, ["busbwMBs", "p50Us"])) {
    const plotName = "all-reduce.svg";
    return {
      chapter: speedChapter,
      marks: {
        begin: "<!-- all-reduce, by `npm run bench -- plot`: begin -->",
        end: "<!-- end of all-reduce -->",
      },
      plotName,
      svg: collectivesSvg(rows),
      markdown: collectivesMarkdown(rows, plotName),
    };
  }
  if (haveAll<CompressionRow>(rows, ["bytesPerStep", "reduction"])) {
    const plotName = "compression.svg";
    return {
      chapter: "docs/compression.md",
      marks: {
        begin: "<!-- compression, by `npm run bench -- plot`: begin -->",
        end: "<!-- end of compression -->",
      },
      plotName,
      svg: compressionSvg(rows),
      markdown: compressionMarkdown(rows, plotName),
    };
  }
  throw new Error(
    `expected ${file} to hold what \`training\`, \`collectives\` or \`compression\` wrote with --json`,
  );
}

function haveAll<Row>(rows: unknown, names: readonly (keyof Row & string)[]): rows is Row[] {
  const isRow = (row: unknown): boolean =>
    typeof row === "object" && row !== null && names.every((name) => name in row);
  return Array.isArray(rows) && rows.length > 0 && rows.every(isRow);
}
