import { afterAll, describe, expect, it } from "@jest/globals";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { endianness, tmpdir } from "node:os";
import { join } from "node:path";
import {
  createTrace,
  createTracePart,
  encodeName,
  encodePartHead,
  encodeRecords,
  mergeTrace,
  removeTraceParts,
  spanKinds,
  tracePartOf,
} from "../index.js";

const folder = mkdtempSync(join(tmpdir(), "kolo-trace-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Trace {
  readonly traceEvents: readonly { readonly name: string; readonly ph: string }[];
}
const file = join(folder, "trace.json");
const namesIn = (): string[] =>
  (JSON.parse(readFileSync(file, "utf8")) as Trace).traceEvents
    .filter(({ ph }) => ph !== "M")
    .map(({ name }) => name);

const head = (rank: number): Buffer => encodePartHead({ rank, host: "ä", zeroUs: 0 });
/** A run of operation `id`, which is called `name`. */
const run = (id: number, atUs: number, lastsUs = 0): Buffer =>
  encodeRecords(
    "main",
    Float64Array.of(spanKinds.indexOf("run"), atUs, atUs + lastsUs, id, 0, -1, -1, -1),
  );
const name = (id: number, title: string): Buffer =>
  encodeName({ id, label: { title, name: title, bytes: 4, plan: "0" } });
function writePart(rank: number, ...frames: Buffer[]): void {
  writeFileSync(tracePartOf(file, rank), Buffer.concat([head(rank), ...frames]));
}

describe("the files of a timeline", () => {
  it("become one trace, in the order of time, the longer first, and can be removed", () => {
    writePart(0, name(1, "inner"), run(1, 5, 1), run(2, 5, 9), run(3, 1));
    writeFileSync(tracePartOf(file, 0), Buffer.concat([name(2, "outer"), name(3, "a")]), {
      flag: "a",
    });
    writePart(2, name(1, "b"), name(2, "ä"), run(1, 2.5, 1), run(2, -1));
    mergeTrace(file, 3);
    expect(namesIn()).toEqual(["a", "outer", "inner", "ä", "b"]);
    removeTraceParts(file, 3);
    expect(readdirSync(folder)).toEqual(["trace.json"]);
  });

  it("have every whole record wherever a rank was killed", () => {
    const names = Buffer.concat([head(0), name(1, "first"), name(2, "sécond")]);
    const whole = Buffer.concat([names, run(1, 1, 2), run(2, 2, 3)]);
    const firstEnd = names.length + run(1, 1).length;
    for (let bytes = 0; bytes <= whole.length; bytes++) {
      writeFileSync(tracePartOf(file, 0), whole.subarray(0, bytes));
      writePart(1, name(1, "other"), run(1, 1));
      mergeTrace(file, 2);
      const first = bytes >= firstEnd ? ["first"] : [];
      const second = bytes === whole.length ? ["sécond"] : [];
      expect(namesIn()).toEqual([...first, ...second, "other"]);
    }
  });

  it("have the records of a frame that were written before it was torn", () => {
    const three = Float64Array.from({ length: 3 * 8 }, (_, i) => (i % 8 < 5 ? 0 : -1));
    const frame = encodeRecords("main", three);
    for (const [bytes, records] of [
      [frame.length, 3],
      [frame.length - 1, 2],
      [9, 0],
    ] as const) {
      writePart(0, frame.subarray(0, bytes));
      mergeTrace(file, 1);
      expect(namesIn()).toEqual(Array(records).fill("step"));
    }
  });

  it("are read where numbers have another byte order", () => {
    writePart(0, run(1, 5, 1), run(2, 2, 3));
    const part = readFileSync(tracePartOf(file, 0));
    const mine = endianness();
    const headEnd = head(0).length;
    const swapped = Buffer.from(part);
    swapped.write(mine === "LE" ? "BE" : "LE", part.indexOf(` ${mine} `) + 1);
    for (let at = headEnd; at < swapped.length; at += 8 + 64) {
      swapped.subarray(at, at + 8).swap32();
      swapped.subarray(at + 8, at + 8 + 64).swap64();
    }
    mergeTrace(file, 1);
    const expected = readFileSync(file, "utf8");
    writeFileSync(tracePartOf(file, 0), swapped);
    mergeTrace(file, 1);
    expect(readFileSync(file, "utf8")).toBe(expected);
  });

  it("make a valid trace of nothing at all", () => {
    removeTraceParts(file, 4);
    createTrace(file);
    expect(namesIn()).toEqual([]);
    mergeTrace(file, 4);
    expect(namesIn()).toEqual([]);
  });

  it("hold many records", () => {
    const count = 10_000;
    const runs = Array.from({ length: count }, (_, i) => run(i, count - i, 1));
    const names = Array.from({ length: count }, (_, i) => name(i, String(i)));
    writePart(0, ...runs, ...names);
    mergeTrace(file, 1);
    expect(namesIn()).toEqual(Array.from({ length: count }, (_, i) => String(count - 1 - i)));
  });

  it.each([
    '{"ts":1,"dur":1,"name":"in text, as an earlier version wrote it"}\n',
    'kolo timeline part 2 LE {"rank":0}\n',
    "kolo timeline part 1 LE {rank}\n",
  ])("are left out, which is said, where they are something else: %j", (text) => {
    writeFileSync(tracePartOf(file, 0), text);
    writePart(1, name(1, "other"), run(1, 1));
    expect(() => {
      mergeTrace(file, 2);
    }).toThrow(/\[config_invalid\].*trace\.json lacks .*trace\.json\.0000\.part: /);
    expect(namesIn()).toEqual(["other"]);
  });

  it("are refused where they cannot be written", () => {
    const nowhere = join(folder, "no", "such", "trace.json");
    expect(() => {
      createTrace(nowhere);
    }).toThrow(/\[config_invalid\].*no\/such\/trace\.json.*ENOENT/);
    expect(() => {
      createTracePart(tracePartOf(nowhere, 3));
    }).toThrow(/\[config_invalid\].*trace\.json\.0003\.part/);
    expect(() => {
      createTrace(folder);
    }).toThrow(/EISDIR/);
    expect(existsSync(nowhere)).toBe(false);
  });
});
