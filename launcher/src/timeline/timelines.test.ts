import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import {
  createTrace,
  encodeName,
  encodePartHead,
  encodeRecords,
  spanKinds,
  tracePartOf,
} from "@kolo/core";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type TimelineHost } from "./timeline-host.js";
import { openTimelines } from "./timelines.js";

/** A rank's part of one event. */
const partWith = (title: string, us = 1): Buffer =>
  Buffer.concat([
    encodePartHead({ rank: 0, host: "a", zeroUs: 0 }),
    encodeName({ id: 1, label: { title, name: title, bytes: 4, plan: "0" } }),
    encodeRecords("main", Float64Array.of(spanKinds.indexOf("run"), us, us + 1, 1, 0, -1, -1, -1)),
  ]);

/** This machine, with the first ranks. */
const here = (localSize: number): TimelineHost => ({
  name: "a",
  firstRank: 0,
  localSize,
  pathThere: (path) => path,
  pathHere: (path) => path,
  parts: undefined,
});

interface SentPart {
  readonly bytes: Buffer;
  readonly lacking?: string;
}

/** A host with one rank, the project at /there, a clock that is 1000 µs ahead, and what it would send. */
function there(
  directory: string,
  sent: (file: string) => SentPart | undefined,
  firstRank = 1,
): TimelineHost {
  return {
    ...{ name: "b", firstRank, localSize: 1 },
    pathThere: (path) => path.replace(directory, "/there"),
    pathHere: (path) => path.replace("/there", directory),
    parts: {
      folder: "/tmp/parts",
      clock: { host: "b", aheadUs: () => 1000, errorUs: 41.5 },
      measureClock: () => Promise.resolve(),
      collect: (_rank, file) => {
        const part = sent(file);
        if (part === undefined) return undefined;
        return { bytes: Readable.from([part.bytes]), lacking: Promise.resolve(part.lacking) };
      },
    },
  };
}

describe("the timelines of a job", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "kolo-timelines-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  interface Trace {
    readonly otherData?: object;
    readonly traceEvents: readonly {
      readonly name: string;
      readonly ph: string;
      readonly ts: number;
      readonly args: { readonly labels?: string };
    }[];
  }
  const traceIn = (file: string) =>
    JSON.parse(readFileSync(join(directory, file), "utf8")) as Trace;
  const eventsIn = (file: string) => traceIn(file).traceEvents.filter(({ ph }) => ph !== "M");
  const namesIn = (file: string): string[] => eventsIn(file).map(({ name }) => name);

  it("are made of the parts of this job alone, which are gone then", async () => {
    const file = join(directory, "trace.json");
    writeFileSync(tracePartOf(file, 1), partWith("of an earlier job"));
    const timelines = openTimelines({ file: "trace.json", directory, size: 2 });
    expect(timelines.file).toBe(file);
    expect(namesIn("trace.json")).toEqual([]);
    writeFileSync(tracePartOf(file, 0), partWith("a"));
    expect(await timelines.finish([here(2)])).toEqual([]);
    expect(namesIn("trace.json")).toEqual(["a"]);
    expect(readdirSync(directory)).toEqual(["trace.json"]);
  });

  it("include those that ranks begin by themselves, each once", async () => {
    const timelines = openTimelines({ file: undefined, directory, size: 2 });
    expect(timelines.file).toBeUndefined();
    const file = join(directory, "own.json");
    for (const rank of [0, 1]) {
      writeFileSync(tracePartOf(file, rank), partWith(`rank ${rank}`));
      timelines.begun(rank, file);
    }
    expect(await timelines.finish([here(2)])).toEqual([]);
    expect(namesIn("own.json")).toEqual(["rank 0", "rank 1"]);
  });

  it("have what another host sends, in the time of this one, and say how exact that is", async () => {
    const timelines = openTimelines({ file: "trace.json", directory, size: 2 });
    const file = join(directory, "trace.json");
    writeFileSync(tracePartOf(file, 0), partWith("here", 5));
    const host = there(directory, (asked) =>
      asked === "/there/trace.json" ? { bytes: partWith("there", 1002) } : undefined,
    );
    expect(await timelines.finish([here(1), host])).toEqual([]);
    expect(eventsIn("trace.json").map(({ name, ts }) => [name, ts])).toEqual([
      ["here", 5],
      ["there", 2],
    ]);
    const { otherData, traceEvents } = traceIn("trace.json");
    expect(otherData).toEqual({ clocks: [{ rank: 1, host: "b", errorUs: 42 }] });
    const labels = traceEvents.flatMap(({ args }) => args.labels ?? []);
    expect(labels).toEqual(["a", "a, clock within 0.04 ms"]);
    expect(readdirSync(directory)).toEqual(["trace.json"]);
  });

  it("have what arrived of a host that is lost, and say what they lack", async () => {
    const timelines = openTimelines({ file: "trace.json", directory, size: 3 });
    const whole = partWith("there", 1002);
    const torn = whole.subarray(0, whole.length - 1);
    const [first, second] = [1, 2].map((rank) =>
      there(
        directory,
        () => ({
          bytes: rank === 1 ? torn : Buffer.alloc(0),
          lacking: "it is gone\n  it said: no",
        }),
        rank,
      ),
    );
    const hosts = [here(1), ...[first ?? here(0), { ...(second ?? here(0)), name: "c" }]];
    const file = join(directory, "trace.json");
    expect(await timelines.finish(hosts)).toEqual([
      `the timeline ${file} lacks all but the first ${torn.length} bytes of rank 1 on b: it is gone`,
      `the timeline ${file} lacks all of rank 2 on c: it is gone`,
    ]);
    expect(namesIn("trace.json")).toEqual([]);
    expect(readdirSync(directory)).toEqual(["trace.json"]);
  });

  it("are not written where only another host's ranks say so and it might do harm", async () => {
    const timelines = openTimelines({ file: undefined, directory, size: 2 });
    writeFileSync(join(directory, "package.json"), "{}");
    writeFileSync(join(directory, "both.txt"), "");
    createTrace(join(directory, "old.json"));
    for (const name of ["new.json", "old.json", "both.txt"]) timelines.begun(1, `/there/${name}`);
    timelines.begun(0, join(directory, "both.txt"));
    const bad = ["/there/package.json", "/there/x.sh", "/there/../x.json", "/etc/x.json"];
    for (const name of bad) timelines.begun(1, name);
    const host = there(directory, () => ({ bytes: partWith("there") }));
    const refused = await timelines.finish([here(1), host]);
    expect(refused).toHaveLength(bad.length);
    for (const text of refused) expect(text).toMatch(/which ranks of b have named, is not written/);
    for (const name of ["new.json", "old.json", "both.txt"])
      expect(namesIn(name)).toEqual(["there"]);
    expect(readFileSync(join(directory, "package.json"), "utf8")).toBe("{}");
    const left = ["both.txt", "new.json", "old.json", "package.json"];
    expect(readdirSync(directory).sort()).toEqual(left);
  });

  it("are refused where they cannot be written, and said where they no longer can", async () => {
    expect(() => openTimelines({ file: "no/trace.json", directory, size: 1 })).toThrow(
      /^--timeline: \[config_invalid\] .*no\/trace\.json: ENOENT/,
    );
    const timelines = openTimelines({ file: undefined, directory, size: 1 });
    timelines.begun(0, join(directory, "gone/trace.json"));
    expect((await timelines.finish([here(1)])).join()).toMatch(/config_invalid.*gone\/trace\.json/);
  });
});
