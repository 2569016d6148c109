/** The table of all-reduces between hosts. Pure. */
import { formatBytes } from "@kolo/core";
import { type Column, markdownTable } from "../plot/markdown-table.js";
import { type AllReduceRow } from "./all-reduce-row.js";

const columns: readonly Column[] = [
  { title: "link", align: "left" },
  { title: "by", align: "left" },
  { title: "ranks a host", align: "right" },
  { title: "buffer", align: "right" },
  { title: "time", align: "right" },
  { title: "payload each way", align: "right" },
  { title: "on the wire", align: "right" },
  { title: "of the link", align: "right" },
  { title: "plain TCP", align: "right" },
  { title: "to plain TCP", align: "right" },
];

export function allReduceReport(rows: readonly AllReduceRow[]): string {
  return markdownTable(
    columns,
    rows.map((row) => [
      row.rate,
      nameOf(row),
      String(row.ranksPerHost),
      formatBytes(row.bytes),
      `${(row.seconds * 1000).toFixed(0)} ms`,
      megabytes(row.bytesPerDirection),
      megabytes(row.wireBytesPerDirection),
      percent(row.share),
      percent(row.tcpShare),
      row.ofTcp.toFixed(2),
    ]),
  );
}

/** As the report calls them. */
export function nameOf({ impl, transport }: Pick<AllReduceRow, "impl" | "transport">): string {
  if (impl === "openmpi") return "Open MPI (no TLS)";
  return `${impl} ${{ shm: "shm+grpc" }[transport] ?? transport}`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
