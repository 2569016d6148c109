/**
 * Records as events of a Chrome trace, one line each (core/timeline/trace-files.ts says of which form).
 * Pure. A rank is a process and its threads are threads; the time an operation spends in the queue is
 * an asynchronous event, because several wait at a time. Processes count from 1: 0 means the idle
 * process to some viewers.
 *
 * Format: "Trace Event Format", https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
import { type OperationLabel } from "./operation-labels.js";
import { threadNames, type ThreadName } from "./timeline-memory.js";
import { none, type TrackRecord } from "./track.js";

export interface TracePlace {
  readonly rank: number;
  readonly thread: ThreadName;
  /** What the trace counts from, in microseconds of the monotonic clock. */
  readonly zeroUs: number;
}

/** Names for the process and its threads. */
export function headLines(rank: number, host: string): string {
  const event = (name: string, tid: number, args: object): string =>
    `{"ts":0,"ph":"M","name":"${name}","pid":${rank + 1},"tid":${tid},"args":${JSON.stringify(args)}}\n`;
  return [
    event("process_name", 0, { name: `rank ${rank}` }),
    event("process_sort_index", 0, { sort_index: rank }),
    event("process_labels", 0, { labels: host }),
    ...threadNames.flatMap((name, index) => [
      event("thread_name", index + 1, { name }),
      event("thread_sort_index", index + 1, { sort_index: index }),
    ]),
  ].join("");
}

/** `ordinal` tells apart what is in the queue at the same time. */
export function recordLine(
  record: Readonly<TrackRecord>,
  place: TracePlace,
  label: OperationLabel | undefined,
  ordinal: number,
): string {
  const { kind, fromUs, toUs, step, hop, peer } = record;
  const ts = micros(fromUs, place.zeroUs);
  const tail = `"pid":${place.rank + 1},"tid":${tidOf(place)},"args":{${argumentsOf(record, label)}}}\n`;
  if (kind === "queue") {
    const common = `"name":"queue","cat":"queue","id":"${place.rank}.${step}.${ordinal}"`;
    const end = micros(toUs, place.zeroUs);
    return `{"ts":${ts},"ph":"b",${common},${tail}{"ts":${end},"ph":"e",${common},${tail}`;
  }
  const name =
    kind === "run"
      ? JSON.stringify(label?.title ?? "an operation")
      : hop === none
        ? `"${kind}"`
        : `"hop ${hop} from rank ${peer}"`;
  // Rounded ends, not rounded lengths: what touches must not overlap.
  const dur = ((nanos(toUs) - nanos(fromUs)) / 1000).toFixed(3);
  return `{"ts":${ts},"dur":${dur},"ph":"X","name":${name},"cat":"kolo",${tail}`;
}

/** Where records were overwritten before they were read. */
export function droppedLine(events: number, atUs: number, place: TracePlace): string {
  const ts = micros(atUs, place.zeroUs);
  return (
    `{"ts":${ts},"ph":"i","s":"t","name":"dropped","cat":"kolo",` +
    `"pid":${place.rank + 1},"tid":${tidOf(place)},"args":{"events":${events}}}\n`
  );
}

function argumentsOf(
  { operation, step, bytes }: Readonly<TrackRecord>,
  label: OperationLabel | undefined,
): string {
  if (operation === none || label === undefined) return `"step":${step}`;
  const { name, plan } = label;
  return `"operation":${JSON.stringify(name)},"bytes":${bytes === none ? label.bytes : bytes},"plan":"${plan}","step":${step}`;
}

function tidOf({ thread }: TracePlace): number {
  return threadNames.indexOf(thread) + 1;
}

function micros(us: number, zeroUs: number): string {
  return ((nanos(us) - nanos(zeroUs)) / 1000).toFixed(3);
}

function nanos(us: number): number {
  return Math.round(us * 1000);
}
