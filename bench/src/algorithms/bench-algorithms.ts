/** Where one algorithm becomes faster than another: both in turns, by np, transport and bytes. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatBytes } from "@kolo/core";
import { percentile } from "../percentile.js";
import { markdownTable } from "../plot/markdown-table.js";
import { provenance } from "../provenance.js";
import { algorithms, type AlgorithmSamples, type AlgorithmsPlan } from "./algorithms-plan.js";

export interface AlgorithmsOptions extends AlgorithmsPlan {
  readonly sizes: readonly number[];
  readonly transports: readonly string[];
  readonly json: string | undefined;
}

interface AlgorithmRow extends Omit<AlgorithmSamples, "durationsUs"> {
  readonly kind: string;
  readonly transport: string;
  readonly np: number;
  readonly p50Us: number;
  readonly p95Us: number;
}

const tsrun = join(__dirname, "../../../node_modules/.bin/tsrun");

export function benchAlgorithms({ sizes, transports, json, ...plan }: AlgorithmsOptions): void {
  const rows = sizes.flatMap((np) =>
    transports.flatMap((transport) => measure(np, transport, plan)),
  );
  const origin = provenance();
  console.log(`${origin.host}, ${origin.date}, commit ${origin.commit}`);
  console.log(`${plan.kind}, p50 in µs of ${algorithms.join(" / ")}\n`);
  console.log(tableOf(rows, plan.bytes));
  if (json === undefined) return;
  const dated = rows.map((row) => ({ ...row, ...origin }));
  writeFileSync(json, `${JSON.stringify(dated, undefined, 2)}\n`);
}

function measure(np: number, transport: string, plan: AlgorithmsPlan): AlgorithmRow[] {
  const flags = ["-np", String(np), "--quiet", "--backend", "cpu", "--transport", transport];
  const { status, stdout } = spawnSync(
    tsrun,
    [...flags, join(__dirname, "algorithms-rank.js"), JSON.stringify(plan)],
    { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8", maxBuffer: 2 ** 28 },
  );
  if (status !== 0) throw new Error(`np ${np} over ${transport} failed`);
  const lines = stdout.split("\n").filter((one) => one.startsWith("{"));
  return lines.map((line) => {
    const { durationsUs, ...sample } = JSON.parse(line) as AlgorithmSamples;
    const [p50Us, p95Us] = [percentile(durationsUs, 0.5), percentile(durationsUs, 0.95)];
    return { kind: plan.kind, transport, np, ...sample, p50Us, p95Us };
  });
}

/** A line for each np and transport, a column for each size. */
function tableOf(rows: readonly AlgorithmRow[], bytes: readonly number[]): string {
  const places = [...new Set(rows.map(({ np, transport }) => `${np} ${transport}`))];
  const columns = ["np", "transport", ...bytes.map(formatBytes)];
  return markdownTable(
    columns.map((title) => ({ title, align: title === "transport" ? "left" : "right" })),
    places.map((place) => [
      ...place.split(" "),
      ...bytes.map((one) =>
        rows
          .filter((row) => `${row.np} ${row.transport}` === place && row.bytes === one)
          .map(({ p50Us }) => Math.round(p50Us))
          .join(" / "),
      ),
    ]),
  );
}
