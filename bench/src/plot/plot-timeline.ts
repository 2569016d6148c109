/** Draws some steps of a trace that `tsrun --timeline` wrote. */
import { readFileSync, writeFileSync } from "node:fs";
import { timelineSvg, type TraceEvent } from "./timeline-svg.js";

export interface PlotTimelineOptions {
  readonly out: string;
  readonly title: string;
  /** As in 12-14. */
  readonly steps: string;
}

export function plotTimeline(trace: string, { out, title, steps }: PlotTimelineOptions): void {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(steps) ?? [];
  if (first === undefined || last === undefined) {
    throw new Error(`expected --steps to be two numbers, as in 12-14, got ${steps}`);
  }
  const { traceEvents } = JSON.parse(readFileSync(trace, "utf8")) as { traceEvents: TraceEvent[] };
  writeFileSync(out, timelineSvg(traceEvents, { title, steps: [Number(first), Number(last)] }));
  console.log(`${out}: steps ${steps} of ${trace}`);
}
