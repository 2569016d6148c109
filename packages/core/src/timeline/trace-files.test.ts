import { afterAll, describe, expect, it } from "@jest/globals";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createTrace,
  createTracePart,
  mergeTrace,
  removeTraceParts,
  tracePartOf,
} from "../index.js";

const folder = mkdtempSync(join(tmpdir(), "kolo-trace-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Trace {
  readonly traceEvents: readonly { readonly name: string }[];
}
const file = join(folder, "trace.json");
const namesIn = (): string[] =>
  (JSON.parse(readFileSync(file, "utf8")) as Trace).traceEvents.map(({ name }) => name);
const line = (name: string, ts: number, dur?: number): string =>
  `{"ts":${ts}${dur === undefined ? "" : `,"dur":${dur}`},"name":"${name}"}\n`;

describe("the files of a timeline", () => {
  it("become one trace, in the order of time, the longer first, and can be removed", () => {
    writeFileSync(tracePartOf(file, 0), line("inner", 5, 1) + line("outer", 5, 9) + line("a", 1));
    writeFileSync(tracePartOf(file, 2), line("b", 2.5, 1) + line("ä", -1));
    mergeTrace(file, 3);
    expect(namesIn()).toEqual(["a", "outer", "inner", "ä", "b"]);
    removeTraceParts(file, 3);
    expect(readdirSync(folder)).toEqual(["trace.json"]);
  });

  it("are valid wherever a rank was killed", () => {
    const whole = Buffer.from(line("first", 1, 2) + line("sécond", 2, 3));
    for (let bytes = 0; bytes <= whole.length; bytes++) {
      writeFileSync(tracePartOf(file, 0), whole.subarray(0, bytes));
      writeFileSync(tracePartOf(file, 1), line("other", 1));
      mergeTrace(file, 2);
      const expected = [["other"], ["first", "other"], ["first", "sécond", "other"]];
      const lines = whole.subarray(0, bytes).toString("latin1").split("\n").length - 1;
      expect(namesIn()).toEqual(expected[lines]);
    }
  });

  it("make a valid trace of nothing at all", () => {
    createTrace(file);
    expect(namesIn()).toEqual([]);
    removeTraceParts(file, 4);
    mergeTrace(file, 4);
    expect(namesIn()).toEqual([]);
  });

  it("hold many lines", () => {
    const count = 10_000;
    const lines = Array.from({ length: count }, (_, i) => line(String(i), count - i, 1));
    writeFileSync(tracePartOf(file, 0), lines.join(""));
    mergeTrace(file, 1);
    expect(namesIn()).toEqual(Array.from({ length: count }, (_, i) => String(count - 1 - i)));
  });

  it("are refused where they cannot be written", () => {
    const nowhere = join(folder, "no", "such", "trace.json");
    expect(() => {
      createTrace(nowhere);
    }).toThrow(/\[config_invalid\].*no\/such\/trace\.json.*ENOENT/);
    expect(() => {
      createTracePart(nowhere, 3);
    }).toThrow(/\[config_invalid\].*trace\.json\.0003\.part/);
    expect(() => {
      createTrace(folder);
    }).toThrow(/EISDIR/);
    expect(existsSync(nowhere)).toBe(false);
  });
});
