import { describe, expect, it } from "@jest/globals";
import { type CollectiveRow } from "../collectives/collective-row.js";
import { putBetween } from "./chapter.js";
import { collectivesMarkdown } from "./collectives-markdown.js";
import { collectivesSvg } from "./collectives-svg.js";
import { decades, marked } from "./logarithmic.js";

const row = (
  impl: CollectiveRow["impl"],
  transport: string,
  np: number,
  [bytes, busbwMBs]: [bytes: number, busbwMBs: number],
  op: CollectiveRow["op"] = "sum",
): CollectiveRow => ({
  ...{ impl, transport, np, bytes, op, dtype: "float32", busbwMBs },
  ...{ algbwMBs: busbwMBs, p50Us: bytes / busbwMBs, p95Us: (2 * bytes) / busbwMBs },
  ...{ runs: 5, rounds: [bytes / busbwMBs] },
  ...{ host: "2 × <CPU> & more", date: "2026-01-02", commit: "abc", command: "npm run bench" },
});
const small = 4096;
const large = 2 ** 20;
const rows = [
  row("memory-limit", "memory", 2, [large, 10_000]),
  row("gloo", "tcp", 2, [large, 1000]),
  row("gloo", "tcp", 2, [small, 10]),
  row("kolo-arena", "shm", 2, [large, 8000]),
  row("kolo-arena", "shm", 2, [small, 40]),
  row("kolo-arena", "shm", 2, [small, 77], "min"),
  row("kolo-arena", "shm", 4, [small, 20]),
];

describe("the plot of all-reduces", () => {
  const svg = collectivesSvg(rows);

  it("has a panel for each np, and a line for each implementation that was measured there", () => {
    const kinds = [...svg.matchAll(/<polyline class="series ([^"]+)"/g)].map((match) => match[1]);
    expect(kinds).toEqual(["kolo-arena shm", "gloo tcp", "memory-limit memory", "kolo-arena shm"]);
    expect(svg).toContain(">2 ranks<");
    expect(svg).toContain(">4 ranks<");
  });

  it("puts more bandwidth higher and more bytes further right", () => {
    const [ours = [], theirs = []] = [...svg.matchAll(/points="([^"]+)"/g)].map((match) =>
      (match[1] ?? "").split(" ").map((point) => point.split(",").map(Number)),
    );
    const [[x1 = NaN, y1 = NaN] = [], [x2 = NaN, y2 = NaN] = []] = ours;
    expect(x2).toBeGreaterThan(x1);
    expect(y2).toBeLessThan(y1);
    expect(theirs[1]?.[0]).toBe(x2);
    expect(theirs[1]?.[1]).toBeGreaterThan(y2);
  });
});

describe("logarithmic axes", () => {
  it("mark the powers of ten around all values", () => {
    const { ticks, position } = decades([20, 8000], 100, 0);
    expect(ticks).toEqual([10, 100, 1000, 10_000]);
    expect(position(10)).toBe(100);
    expect(position(10_000)).toBeCloseTo(0);
  });

  it("mark the values themselves, with as much room on both sides", () => {
    const { ticks, position } = marked([4, 1, 4], 0, 90);
    expect(ticks).toEqual([1, 4]);
    expect(position(1)).toBeCloseTo(90 - position(4));
  });
});

describe("the tables of all-reduces", () => {
  const markdown = collectivesMarkdown(rows, "all-reduce.svg");

  it("have ours first and the limit last, sums alone, and nothing where nothing was measured", () => {
    const first = [...markdown.matchAll(/^\| (\S.*?) +\| +\d \|/gm)].map((match) => match[1]);
    expect(first.slice(0, 4)).toEqual(["kolo-arena shm", "gloo", "memory-limit", "kolo-arena shm"]);
    expect(markdown).toMatch(/\| memory-limit +\| +2 \| +\| 10,000 \|/);
    expect(markdown).not.toContain("77");
  });

  it("say how many times as fast ours is, and which share of the limit", () => {
    expect(markdown).toMatch(/kolo-arena shm \| +2 \| 1 MiB \| +8\.00 \| +0\.80 \|/);
    expect(markdown).toMatch(/kolo-arena shm \| +2 \| 4 KiB \| +4\.00 \| +\|/);
  });

  it("say how long the smallest takes, and where the figures come from", () => {
    expect(markdown).toMatch(/\| gloo +\| +2 \| 410 \| 819 \|/);
    expect(markdown).toContain("at commit abc");
  });
});

describe("a generated part of a chapter", () => {
  const marks = { begin: "<!-- b -->", end: "<!-- e -->" };

  it("replaces what was between its marks, and nothing else", () => {
    const page = "before <!-- e --> <!-- b -->old<!-- e --> after";
    expect(putBetween(page, marks, "new")).toBe(
      "before <!-- e --> <!-- b -->\n\nnew\n\n<!-- e --> after",
    );
  });

  it("is refused where a mark is missing", () => {
    expect(() => putBetween("<!-- b -->", marks, "new")).toThrow(/<!-- e -->/);
  });
});
