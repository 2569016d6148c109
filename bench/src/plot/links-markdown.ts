/** The generated part on all-reduces between hosts. Pure. */
import { allReduceReport } from "../links/all-reduce-report.js";
import { type AllReduceRow } from "../links/all-reduce-row.js";
import { originText } from "./chapter.js";

export function linksMarkdown(rows: readonly AllReduceRow[]): string {
  const [first] = rows;
  if (first === undefined) throw new Error("expected all-reduces, got none");
  return [allReduceReport(rows), ...originText(first)].join("\n\n");
}
