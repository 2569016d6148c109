/** What the bench prints: the rows, then the ratios. */
import { formatBytes } from "@kolo/core";
import { type CollectiveRow } from "./collective-row.js";
import { type FoundPeers } from "./find-peers.js";
import { ratioTable } from "./ratio-table.js";

export function printReport(
  rows: readonly CollectiveRow[],
  { versions, missing }: Pick<FoundPeers, "versions" | "missing">,
): void {
  const [first] = rows;
  if (first === undefined) return;
  console.log(`\n${first.host}, ${first.date}, commit ${first.commit}`);
  if (versions.length > 0) console.log(`beside ${versions.join(", ")}`);
  for (const sentence of missing) console.log(`without ${sentence}`);
  console.table(
    rows.map(({ impl, transport, np, bytes, op, dtype, ...row }) => ({
      ...{ impl, transport, np, bytes: formatBytes(bytes), op, dtype },
      p50Us: shown(row.p50Us),
      p95Us: shown(row.p95Us),
      algbwMBs: Math.round(row.algbwMBs),
      busbwMBs: Math.round(row.busbwMBs),
      runs: row.runs,
    })),
  );
  console.log("how many times as fast as others (by round); of the memory limit, the share");
  console.table(
    ratioTable(rows).map(({ row, name, ratios }) => ({
      ...{ name, np: row.np, bytes: formatBytes(row.bytes), op: row.op, dtype: row.dtype },
      ...ratios,
    })),
  );
}

function shown(microseconds: number): number {
  return microseconds < 100 ? Number(microseconds.toFixed(1)) : Math.round(microseconds);
}
