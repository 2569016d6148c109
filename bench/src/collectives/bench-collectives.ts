/** Starts a job for each world size and turns what its ranks measured into a table and JSON. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatBytes } from "../parse-bytes.js";
import { type CollectiveRow, type Samples, toRow } from "./row.js";

export interface CollectivesOptions {
  readonly sizes: readonly number[];
  readonly bytes: readonly number[];
  readonly seconds: number;
  readonly json: string | undefined;
}

const tsrun = join(__dirname, "../../../node_modules/.bin/tsrun");

export function benchCollectives({ sizes, bytes, seconds, json }: CollectivesOptions): void {
  const rows = sizes.flatMap((np) => measure(np, bytes, seconds).map((one) => toRow(np, one)));
  const shown = rows.map((row: CollectiveRow) => ({
    ...row,
    bytes: formatBytes(row.bytes),
    p50Us: Math.round(row.p50Us),
    p95Us: Math.round(row.p95Us),
    algbwMBs: Math.round(row.algbwMBs),
    busbwMBs: Math.round(row.busbwMBs),
  }));
  console.table(shown);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, undefined, 2)}\n`);
}

function measure(np: number, bytes: readonly number[], seconds: number): Samples[] {
  const script = join(__dirname, "measure-all-reduce.js");
  const args = ["-np", String(np), "--quiet", "--backend", "cpu", script];
  const { status, stdout } = spawnSync(tsrun, [...args, bytes.join(","), String(seconds)], {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`the job of ${np} ranks ended with exit code ${status}`);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Samples);
}
