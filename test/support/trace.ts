/** Reads a trace as a viewer would: by process and thread, in the order of time. */
import { readFileSync } from "node:fs";

export interface TraceEvent {
  readonly ph: "X" | "M" | "b" | "e" | "i";
  readonly name: string;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly id?: string;
  readonly args: Readonly<Record<string, number | string>>;
}

export interface Span extends TraceEvent {
  readonly dur: number;
  readonly rank: number;
  readonly thread: string;
}

/** Throws where the file is not JSON, or not a trace. */
export function readTrace(file: string): TraceEvent[] {
  const { traceEvents } = JSON.parse(readFileSync(file, "utf8")) as { traceEvents: TraceEvent[] };
  return traceEvents;
}

/** The complete events, with the names that the metadata gives to processes and threads. */
export function spansOf(events: readonly TraceEvent[]): Span[] {
  const named = (name: string, pid: number, tid?: number): string => {
    const found = events.find(
      (event) =>
        event.ph === "M" && event.name === name && event.pid === pid && event.tid === (tid ?? 0),
    );
    return String(found?.args["name"]);
  };
  return events.flatMap((event) => {
    const { ph, dur, pid, tid } = event;
    if (ph !== "X" || dur === undefined) return [];
    const rank = Number(/^rank (\d+)$/.exec(named("process_name", pid))?.[1] ?? NaN);
    return [{ ...event, dur, rank, thread: named("thread_name", pid, tid) }];
  });
}

/** Nanoseconds: the trace has microseconds with three decimals. */
export const startOf = ({ ts }: Span): number => Math.round(ts * 1000);
export const endOf = ({ ts, dur }: Span): number => Math.round(ts * 1000) + Math.round(dur * 1000);

/** Pairs of spans of one thread that overlap without one lying in the other. */
export function overlapping(spans: readonly Span[]): [Span, Span][] {
  const found: [Span, Span][] = [];
  for (const thread of grouped(spans, ({ pid, tid }) => `${pid} ${tid}`)) {
    const open: Span[] = [];
    for (const span of thread) {
      while (open.length > 0 && endOf(open.at(-1) ?? span) <= startOf(span)) open.pop();
      const around = open.at(-1);
      if (around !== undefined && endOf(around) < endOf(span)) found.push([around, span]);
      open.push(span);
    }
  }
  return found;
}

/** In the order in which each key came first. */
export function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
