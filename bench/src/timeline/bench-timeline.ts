/**
 * What recording a timeline costs: the ratio of steps with it to steps without, in turns. And what
 * the timeline says of communication.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { provenance } from "../provenance.js";
import { median } from "../training/measurement.js";
import { communicationShare, type TraceEvent } from "./communication-share.js";
import { type TimelineMeasurement, type TimelinePlan, type Turn } from "./timeline-rank.js";

export interface TimelineOptions {
  readonly sizes: readonly number[];
  readonly transports: readonly string[];
  readonly rounds: number;
  /** Of a turn. */
  readonly steps: number;
  readonly json: string | undefined;
}

interface TimelineRow {
  readonly np: number;
  readonly transport: string;
  /** Medians over the turns. */
  readonly offMsPerStep: number;
  readonly onMsPerStep: number;
  /** Median over rounds of on / off - 1; 0.01 is one per cent. */
  readonly overhead: number;
  /** The same of processor time. */
  readonly cpuOverhead: number;
  /** Per rank. */
  readonly eventsPerStep: number;
  /** Median, from the last rank's gradients to the last rank's averages. */
  readonly communicationMsPerStep: number;
  /** Of a step, in [0, 1]. */
  readonly communicationShare: number;
}

const tsrun = join(__dirname, "../../../node_modules/.bin/tsrun");

export function benchTimeline(options: TimelineOptions): void {
  const folder = mkdtempSync(join(tmpdir(), "kolo-bench-timeline-"));
  try {
    const rows = options.sizes.flatMap((np) =>
      options.transports.map((transport) => measure(np, transport, folder, options)),
    );
    console.log(
      "np  transport  off ms/step  on ms/step  overhead  of cpu time  events/step and rank  " +
        "communication",
    );
    for (const row of rows) console.log(textOf(row));
    if (options.json === undefined) return;
    const origin = provenance();
    const dated = rows.map((row) => ({ ...row, ...origin }));
    writeFileSync(options.json, `${JSON.stringify(dated, undefined, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function measure(
  np: number,
  transport: string,
  folder: string,
  { rounds, steps }: TimelineOptions,
): TimelineRow {
  const plan: TimelinePlan = { file: join(folder, `${transport}-${np}.json`), rounds, steps };
  const flags = ["-np", String(np), "--quiet", "--backend", "wasm", "--transport", transport];
  const { status, stdout } = spawnSync(
    tsrun,
    [...flags, join(__dirname, "timeline-rank.js"), JSON.stringify(plan)],
    { stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" },
  );
  const line = stdout.split("\n").find((one) => one.startsWith("{"));
  if (status !== 0 || line === undefined) throw new Error(`np ${np} over ${transport} failed`);
  const { off, on } = JSON.parse(line) as TimelineMeasurement;
  const trace = JSON.parse(readFileSync(plan.file, "utf8")) as { traceEvents: TraceEvent[] };
  const communication = communicationShare(trace.traceEvents);
  return {
    np,
    transport,
    offMsPerStep: median(off.map(({ ms }) => ms)) / steps,
    onMsPerStep: median(on.map(({ ms }) => ms)) / steps,
    overhead: overheadOf("ms"),
    cpuOverhead: overheadOf("cpuMs"),
    eventsPerStep: trace.traceEvents.length / (np * rounds * steps),
    communicationMsPerStep: communication.communicationMs,
    communicationShare: communication.share,
  };

  function overheadOf(time: keyof Turn): number {
    return median(on.map((turn, round) => turn[time] / (off[round]?.[time] ?? NaN))) - 1;
  }
}

function textOf({ np, transport, ...row }: TimelineRow): string {
  return [
    String(np).padEnd(3),
    transport.padEnd(10),
    row.offMsPerStep.toFixed(3).padStart(11),
    row.onMsPerStep.toFixed(3).padStart(11),
    `${(100 * row.overhead).toFixed(2)} %`.padStart(9),
    `${(100 * row.cpuOverhead).toFixed(2)} %`.padStart(12),
    row.eventsPerStep.toFixed(1).padStart(21),
    `  ${row.communicationMsPerStep.toFixed(3)} ms, ${(100 * row.communicationShare).toFixed(2)} %`,
  ].join(" ");
}
