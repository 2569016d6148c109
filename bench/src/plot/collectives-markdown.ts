/** The generated part on all-reduce: the plot, bandwidths, ratios, and the time of a small one. Pure. */
import { type CollectiveRow, speedup } from "../collectives/collective-row.js";
import { formatBytes } from "@kolo/core";
import { originText } from "./chapter.js";
import { ascending, type Series, seriesOf, shownRows } from "./collectives-series.js";
import { type Column, markdownTable } from "./markdown-table.js";

const references = ["gloo", "openmpi-shm", "openmpi-tcp", "tensorflow", "memory-limit"];

export function collectivesMarkdown(all: readonly CollectiveRow[], plotName: string): string {
  const rows = shownRows(all);
  const [first] = rows;
  if (first === undefined) throw new Error("expected measurements, got none");
  const smallest = Math.min(...rows.map(({ bytes }) => bytes));
  return [
    `![Bus bandwidth of all-reduce by size, for each implementation](${plotName})`,
    "Bus bandwidth in MB/s (10⁶ bytes), from the p50 of the slowest rank:",
    table(rows, (row) => Math.round(row.busbwMBs).toLocaleString("en")),
    "The same as ratios: how many times as fast as each peer, and which share of the memory limit.",
    ratios(rows),
    `And the time of ${formatBytes(smallest)}, in µs, p50 and p95:`,
    latencies(rows.filter(({ bytes }) => bytes === smallest)),
    ...originText(first),
  ].join("\n\n");
}

/** A line for each implementation and np, a column for each size. */
function table(rows: readonly CollectiveRow[], cell: (row: CollectiveRow) => string): string {
  const sizes = ascending(rows.map(({ bytes }) => bytes));
  const cells = byRanks(rows).flatMap(({ np, series }) =>
    series.map((one) => [one.name, String(np), ...sizes.map((bytes) => cellOf(one, bytes, cell))]),
  );
  return markdownTable([...heads, ...sizes.map((bytes) => right(formatBytes(bytes)))], cells);
}

function ratios(rows: readonly CollectiveRow[]): string {
  const sizes = ascending(rows.map(({ bytes }) => bytes));
  const present = references.filter((impl) => rows.some((row) => row.impl === impl));
  const cells = byRanks(rows).flatMap(({ np, series }) =>
    series
      .filter(({ impl }) => impl === "kolo-arena" || impl === "kolo")
      .flatMap((one) =>
        sizes.map((bytes) => [
          ...[one.name, String(np), formatBytes(bytes)],
          ...present.map((impl) => {
            const reference = series.find((other) => other.impl === impl);
            const other = reference?.rows.find((row) => row.bytes === bytes);
            return other === undefined
              ? ""
              : cellOf(one, bytes, (row) => speedup(row, other).toFixed(2));
          }),
        ]),
      ),
  );
  return markdownTable(
    [...heads, right("bytes"), ...present.map((impl) => right(`× ${impl}`))],
    cells,
  );
}

function latencies(rows: readonly CollectiveRow[]): string {
  const cells = byRanks(rows).flatMap(({ np, series }) =>
    series
      .filter(({ impl }) => impl !== "memory-limit")
      .map(({ name, rows: [row] }) => [
        ...[name, String(np)],
        ...[row?.p50Us, row?.p95Us].map((us) => us?.toFixed(0) ?? ""),
      ]),
  );
  return markdownTable([...heads, right("p50"), right("p95")], cells);
}

const right = (title: string): Column => ({ title, align: "right" });
const heads: readonly Column[] = [{ title: "", align: "left" }, right("ranks")];

function byRanks(rows: readonly CollectiveRow[]): { np: number; series: Series[] }[] {
  return ascending(rows.map(({ np }) => np)).map((np) => ({
    np,
    series: seriesOf(rows.filter((row) => row.np === np)),
  }));
}

function cellOf(series: Series, bytes: number, cell: (row: CollectiveRow) => string): string {
  const row = series.rows.find((one) => one.bytes === bytes);
  return row === undefined ? "" : cell(row);
}
