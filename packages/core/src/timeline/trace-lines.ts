/**
 * A rank's part of a timeline as events of a Chrome trace, each a line of JSON. Pure. A rank is a
 * process and its threads are threads; the time an operation spends in the queue is an asynchronous
 * event, because several wait at a time. Processes count from 1: 0 means the idle process to some
 * viewers. What begins together stands with the longest first, as viewers that nest by order expect it.
 *
 * Format: "Trace Event Format", https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
import { type TraceClock } from "./trace-clock.js";
import { type TracePart } from "./trace-part.js";
import {
  absent,
  type OperationLabel,
  spanKinds,
  traceField,
  traceFieldCount,
  traceThreads,
} from "./trace-record.js";

/** Names for the process and its threads, then all events in the order of time. */
export function* traceLines(part: TracePart, clock?: TraceClock): Generator<string> {
  yield* headLines(part, clock);
  const events = new Events(part, clock);
  for (const event of events.inOrder()) yield events.line(event);
}

function headLines({ rank, host }: TracePart, clock: TraceClock | undefined): string[] {
  const labels =
    clock === undefined ? host : `${host}, clock within ${(clock.errorUs / 1000).toFixed(2)} ms`;
  const line = (name: string, tid: number, args: object): string =>
    `{"ts":0,"ph":"M","name":"${name}","pid":${rank + 1},"tid":${tid},"args":${JSON.stringify(args)}}`;
  return [
    line("process_name", 0, { name: `rank ${rank}` }),
    line("process_sort_index", 0, { sort_index: rank }),
    line("process_labels", 0, { labels }),
    ...traceThreads.flatMap((name, index) => [
      line("thread_name", index + 1, { name }),
      line("thread_sort_index", index + 1, { sort_index: index }),
    ]),
  ];
}

/**
 * Events by number: as many as there are records, which begin there, and after them the ends of those
 * that have an event of their own for it. There may be millions: numbers in arrays, no object for each.
 */
class Events {
  readonly #part: TracePart;
  readonly #clock: TraceClock | undefined;
  readonly #recordCount: number;
  /** The records of those that have an end. */
  readonly #ends: readonly number[];
  readonly #zeroNs: number;

  constructor(part: TracePart, clock: TraceClock | undefined) {
    this.#part = part;
    this.#clock = clock;
    this.#recordCount = part.threads.length;
    this.#zeroNs = nanos(part.zeroUs);
    const ends: number[] = [];
    for (let record = 0; record < this.#recordCount; record++) {
      if (this.#kind(record) === "queue") ends.push(record);
    }
    this.#ends = ends;
  }

  inOrder(): Uint32Array {
    const count = this.#recordCount + this.#ends.length;
    const order = Uint32Array.from({ length: count }, (_, event) => event);
    const atNs = new Float64Array(count);
    const lastsNs = new Float64Array(count);
    for (const event of order) {
      const record = this.#ends[event - this.#recordCount];
      atNs[event] = record === undefined ? this.#fromNs(event) : this.#toNs(record);
      if (this.#kind(record ?? event) === "queue") continue;
      lastsNs[event] = this.#toNs(event) - this.#fromNs(event);
    }
    const of = (values: Float64Array, event: number): number => values[event] ?? 0;
    return order.sort((a, b) => of(atNs, a) - of(atNs, b) || of(lastsNs, b) - of(lastsNs, a));
  }

  line(event: number): string {
    const ended = this.#ends[event - this.#recordCount];
    const record = ended ?? event;
    const kind = this.#kind(record);
    const ts = micros(ended === undefined ? this.#fromNs(record) : this.#toNs(record));
    const { rank, threads } = this.#part;
    const place = `"pid":${rank + 1},"tid":${(threads[record] ?? 0) + 1}`;
    if (kind === "dropped") {
      const args = `"args":{"events":${this.#field(record, "bytes")}}`;
      return `{"ts":${ts},"ph":"i","s":"t","name":"dropped","cat":"kolo",${place},${args}}`;
    }
    const tail = `${place},"args":{${this.#arguments(record)}}}`;
    if (kind === "queue") {
      // The number of the record tells apart what is in the queue at the same time.
      const id = `${rank}.${this.#field(record, "step")}.${record}`;
      const ph = ended === undefined ? "b" : "e";
      return `{"ts":${ts},"ph":"${ph}","name":"queue","cat":"queue","id":"${id}",${tail}`;
    }
    // Rounded ends, not rounded lengths: what touches must not overlap.
    const dur = micros(this.#toNs(record) - this.#fromNs(record));
    const name = JSON.stringify(this.#name(record, kind));
    return `{"ts":${ts},"dur":${dur},"ph":"X","name":${name},"cat":"kolo",${tail}`;
  }

  #name(record: number, kind: string): string {
    if (kind === "run") return this.#label(record)?.title ?? "an operation";
    const hop = this.#field(record, "hop");
    return hop === absent ? kind : `hop ${hop} from rank ${this.#field(record, "peer")}`;
  }

  #arguments(record: number): string {
    const step = `"step":${this.#field(record, "step")}`;
    const label = this.#label(record);
    if (label === undefined) return step;
    const own = this.#field(record, "bytes");
    const bytes = own === absent ? label.bytes : own;
    return `"operation":${JSON.stringify(label.name)},"bytes":${bytes},"plan":"${label.plan}",${step}`;
  }

  #label(record: number): OperationLabel | undefined {
    return this.#part.operations.get(this.#field(record, "operation"));
  }

  #kind(record: number): string {
    return spanKinds[this.#field(record, "kind")] ?? "unknown";
  }

  #fromNs(record: number): number {
    return this.#here(this.#field(record, "fromUs"));
  }

  #toNs(record: number): number {
    return this.#here(this.#field(record, "toUs"));
  }

  #here(us: number): number {
    return nanos(us - (this.#clock?.aheadUs(us) ?? 0)) - this.#zeroNs;
  }

  #field(record: number, name: keyof typeof traceField): number {
    return this.#part.records[record * traceFieldCount + traceField[name]] ?? 0;
  }
}

function micros(ns: number): string {
  return (ns / 1000).toFixed(3);
}

function nanos(us: number): number {
  return Math.round(us * 1000);
}
