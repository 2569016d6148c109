import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Operation } from "@kolo/collectives";
import { createLogger, mergeTrace, tracePartOf } from "@kolo/core";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MainTimeline } from "./main-timeline.js";
import { OperationLabels } from "./operation-labels.js";
import { RunnerTimeline } from "./runner-timeline.js";
import { createTimelineMemory } from "./timeline-memory.js";
import { TimelineWriter } from "./timeline-writer.js";

const world = { rank: 1, size: 2, localRank: 1, localSize: 2, crossRank: 0, crossSize: 1 };
const slot = 3;
const id = 5;
const operation: Operation = {
  kind: "allReduce",
  name: 'a "quoted" name',
  dtype: "float32",
  shape: [10],
  op: "average",
  prescale: 1,
  postscale: 1,
};

interface Event {
  readonly ph: string;
  readonly name: string;
  readonly tid: number;
  readonly dur?: number;
  readonly args: Record<string, unknown>;
}

describe("a timeline in its file", () => {
  let folder: string;
  let file: string;
  let warnings: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kolo-writer-"));
    file = join(folder, "trace.json");
    warnings = [];
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function open(capacity = 64) {
    const memory = createTimelineMemory(capacity);
    const labels = new OperationLabels({ world, hosts: [0, 0] }, () => false);
    labels.announce(id, operation);
    const logger = createLogger("warn", (line) => warnings.push(line));
    const writer = new TimelineWriter({
      ...{ memory, file, part: tracePartOf(file, 1) },
      ...{ rank: 1, zeroUs: 0, labels, logger },
    });
    const meter = { steps: 7 };
    const main = new MainTimeline(memory, meter);
    const runner = new RunnerTimeline(memory, "communication");
    return { labels, writer, main, runner, meter };
  }

  function events(): Event[] {
    mergeTrace(file, 2);
    const trace = JSON.parse(readFileSync(file, "utf8")) as { traceEvents: Event[] };
    return trace.traceEvents.filter(({ ph }) => ph !== "M");
  }

  it("has spans with operation, bytes, plan and step, an operation's phases inside of it", () => {
    const { writer, main, runner } = open();
    main.span("pack", 10, 12, id);
    main.submitted(slot);
    runner.begin({ id, slot });
    runner.mark("prepare");
    runner.mark("hop", 24, 0, 0);
    runner.end();
    writer.close();
    const args = { operation: operation.name, step: 7, bytes: 40 };
    const plan: unknown = expect.stringMatching(/^[0-9a-f]{8}$/);
    const all = events();
    expect(all).toContainEqual(
      expect.objectContaining({ name: "pack", tid: 1, dur: 2000, args: { ...args, plan } }),
    );
    expect(all.map(({ ph, name, tid }) => [ph, name, tid])).toEqual(
      expect.arrayContaining([
        ["b", "queue", 2],
        ["e", "queue", 2],
        ["X", `allReduce ${operation.name}`, 2],
        ["X", "prepare", 2],
        ["X", "hop 0 from rank 0", 2],
      ]),
    );
    const hop = all.find(({ name }) => name.startsWith("hop"));
    expect(hop?.args).toEqual({ ...args, bytes: 24, plan });
  });

  it("leaves out the queue where an operation was submitted before the timeline began", () => {
    const { writer, runner } = open();
    runner.begin({ id, slot });
    runner.end();
    writer.close();
    expect(events().map(({ name }) => name)).toEqual([`allReduce ${operation.name}`]);
  });

  it("knows an operation that was announced after its records, and released before they are written", () => {
    const { writer, labels, main } = open();
    main.span("wait", 1, 2, id + 1);
    writer.drain();
    labels.announce(id + 1, { ...operation, name: "late" });
    labels.release(id + 1);
    main.span("wait", 3, 4, id);
    labels.release(id);
    writer.close();
    expect(events().map(({ args }) => args["operation"])).toEqual(["late", operation.name]);
  });

  it("says in the trace and in a warning how much it lacks", () => {
    const { writer, main } = open(8);
    for (let n = 0; n < 20; n++) main.span("compute", n, n + 1);
    writer.close();
    const all = events();
    expect(all.filter(({ name }) => name === "compute")).toHaveLength(7);
    expect(all.find(({ name }) => name === "dropped")?.args).toEqual({ events: 13 });
    expect(warnings.join()).toMatch(/the timeline of rank 1 lacks 13 events.*trace\.json/);
  });

  it("goes on in a file that it began before, with one head", () => {
    for (const step of [1, 2]) {
      const { writer, main } = open();
      main.span("step", step, step + 1);
      writer.close();
    }
    expect(readFileSync(tracePartOf(file, 1), "latin1").match(/kolo timeline/g)).toHaveLength(1);
    expect(events()).toHaveLength(2);
  });

  it("ends with a warning where its file cannot be written, and the rank goes on", () => {
    mkdirSync(tracePartOf(file, 1));
    const { writer, main } = open();
    main.span("compute", 1, 2);
    writer.drain();
    writer.close();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/rank 1 no longer writes the timeline .*EISDIR/);
  });

  it("ends with a warning on a full disk, and the rank goes on", () => {
    symlinkSync("/dev/full", tracePartOf(file, 1));
    const { writer, main } = open();
    main.span("compute", 1, 2);
    writer.drain();
    writer.close();
    expect(warnings.join()).toMatch(/rank 1 no longer writes the timeline .*ENOSPC/);
  });
});
