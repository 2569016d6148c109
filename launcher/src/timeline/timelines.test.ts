import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { encodeName, encodePartHead, encodeRecords, spanKinds, tracePartOf } from "@kolo/core";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTimelines } from "./timelines.js";

/** A rank's part of one event. */
const partWith = (title: string): Buffer =>
  Buffer.concat([
    encodePartHead({ rank: 0, host: "a", zeroUs: 0 }),
    encodeName({ id: 1, label: { title, name: title, bytes: 4, plan: "0" } }),
    encodeRecords("main", Float64Array.of(spanKinds.indexOf("run"), 1, 2, 1, 0, -1, -1, -1)),
  ]);

describe("the timelines of a job", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "kolo-timelines-"));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const namesIn = (file: string): string[] => {
    const text = readFileSync(join(directory, file), "utf8");
    const { traceEvents } = JSON.parse(text) as { traceEvents: { name: string; ph: string }[] };
    return traceEvents.filter(({ ph }) => ph !== "M").map(({ name }) => name);
  };

  it("are made of the parts of this job alone, which are gone then", () => {
    const file = join(directory, "trace.json");
    writeFileSync(tracePartOf(file, 1), partWith("of an earlier job"));
    const timelines = openTimelines({ file: "trace.json", directory, size: 2 });
    expect(timelines.file).toBe(file);
    expect(namesIn("trace.json")).toEqual([]);
    writeFileSync(tracePartOf(file, 0), partWith("a"));
    expect(timelines.merge()).toEqual([]);
    expect(namesIn("trace.json")).toEqual(["a"]);
    expect(readdirSync(directory)).toEqual(["trace.json"]);
  });

  it("include those that ranks begin by themselves, each once", () => {
    const timelines = openTimelines({ file: undefined, directory, size: 2 });
    expect(timelines.file).toBeUndefined();
    const file = join(directory, "own.json");
    for (const rank of [0, 1]) {
      writeFileSync(tracePartOf(file, rank), partWith(`rank ${rank}`));
      timelines.begun(file);
    }
    expect(timelines.merge()).toEqual([]);
    expect(namesIn("own.json")).toEqual(["rank 0", "rank 1"]);
  });

  it("are refused where they cannot be written, and said where they no longer can", () => {
    expect(() => openTimelines({ file: "no/trace.json", directory, size: 1 })).toThrow(
      /^--timeline: \[config_invalid\] .*no\/trace\.json: ENOENT/,
    );
    const timelines = openTimelines({ file: undefined, directory, size: 1 });
    timelines.begun(join(directory, "gone/trace.json"));
    expect(timelines.merge().join()).toMatch(/config_invalid.*gone\/trace\.json/);
  });
});
