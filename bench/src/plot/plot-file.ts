/** Puts the rows of a file into a chapter: the plot beside it, the tables between two marks in it. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type CollectiveRow } from "../collectives/collective-row.js";
import { type CompressionRow } from "../compression/compression-row.js";
import { type AllReduceRow } from "../links/all-reduce-row.js";
import { type TrainingRow } from "../training/training-row.js";
import { type Marks, putBetween } from "./chapter.js";
import { collectivesMarkdown } from "./collectives-markdown.js";
import { collectivesSvg } from "./collectives-svg.js";
import { compressionMarkdown } from "./compression-markdown.js";
import { compressionSvg } from "./compression-svg.js";
import { linksMarkdown } from "./links-markdown.js";
import { speedMarkdown } from "./speed-markdown.js";
import { speedSvg } from "./speed-svg.js";

interface Part {
  /** Where it belongs unless another is asked for. */
  readonly chapter: string;
  readonly marks: Marks;
  readonly markdown: string;
  /** Beside the chapter. */
  readonly plot?: { readonly name: string; readonly svg: string };
}

const speedChapter = "docs/speed.md";

/** Into the chapter where such rows belong, unless another is named. */
export function plotFile(file: string, named: string | undefined): void {
  const rows: unknown = JSON.parse(readFileSync(file, "utf8"));
  const { marks, plot, markdown, ...part } = partOf(rows, file);
  const chapter = named ?? part.chapter;
  const page = readFileSync(chapter, "utf8");
  writeFileSync(chapter, putBetween(page, marks, markdown));
  const written = [chapter];
  if (plot !== undefined) {
    const path = join(dirname(chapter), plot.name);
    writeFileSync(path, plot.svg);
    written.push(path);
  }
  console.log(`what ${file} has is now in ${written.join(" and ")}`);
}

function partOf(rows: unknown, file: string): Part {
  if (haveAll<TrainingRow>(rows, ["samplesPerSecond", "efficiency"])) {
    const plotName = "speed.svg";
    return {
      chapter: speedChapter,
      marks: { begin: "<!-- by `npm run bench -- plot`: begin -->", end: "<!-- end -->" },
      plot: { name: plotName, svg: speedSvg(rows) },
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
      plot: { name: plotName, svg: collectivesSvg(rows) },
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
      plot: { name: plotName, svg: compressionSvg(rows) },
      markdown: compressionMarkdown(rows, plotName),
    };
  }
  if (haveAll<AllReduceRow>(rows, ["bytesPerDirection", "tcpShare"])) {
    return {
      chapter: speedChapter,
      marks: {
        begin: "<!-- between hosts, by `npm run bench -- plot`: begin -->",
        end: "<!-- end of between hosts -->",
      },
      markdown: linksMarkdown(rows),
    };
  }
  throw new Error(
    `expected ${file} to hold what \`training\`, \`collectives\`, \`compression\` or ` +
      "`links all-reduce` wrote with --json",
  );
}

function haveAll<Row>(rows: unknown, names: readonly (keyof Row & string)[]): rows is Row[] {
  const isRow = (row: unknown): boolean =>
    typeof row === "object" && row !== null && names.every((name) => name in row);
  return Array.isArray(rows) && rows.length > 0 && rows.every(isRow);
}
