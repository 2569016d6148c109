import { describe, expect, it } from "@jest/globals";
import { type TrainingRow } from "../training/training-row.js";
import { markdownTable } from "./markdown-table.js";
import { speedMarkdown } from "./speed-markdown.js";
import { speedSvg } from "./speed-svg.js";

const row = (
  impl: TrainingRow["impl"],
  backend: string,
  np: number,
  rate: number,
): TrainingRow => ({
  ...{ impl, backend, np, samplesPerSecond: rate, kernels: "stock", batchSize: 64 },
  ...{ efficiency: np === 1 ? 1 : 0.9, msPerStep: 1, ratioToTorch: 0.5, rounds: [rate] },
  ...{ host: "2 × <CPU> & more", date: "2026-01-02", commit: "abc", command: "npm run bench" },
});
const rows = [
  row("tfjs", "wasm", 1, 100),
  row("torch", "native", 1, 1000),
  row("kolo", "cpu", 1, 2.5),
  row("kolo", "wasm", 2, 1800),
  row("kolo", "wasm", 1, 1000),
];

describe("the plot", () => {
  const svg = speedSvg(rows);

  it("draws bars to scale, with one mark of perfect scaling", () => {
    const widthOf = (kind: string): number[] =>
      [...svg.matchAll(new RegExp(`<rect class="${kind}"[^>]* width="([\\d.]+)"`, "g"))].map(
        (match) => Number(match[1]),
      );
    const [one = 0, two = 0] = widthOf("kolo");
    expect(two / one).toBeCloseTo(1.8, 1);
    expect(widthOf("torch")).toEqual([one]);
    expect(svg.match(/class="perfect"/g)).toHaveLength(1);
  });

  it("is well formed where names have special characters", () => {
    expect(svg).toContain("2 × &lt;CPU> &amp; more");
  });
});

describe("the tables", () => {
  it("have ours first, the fastest first, and the baseline last, with its note", () => {
    const markdown = speedMarkdown(rows, "speed.svg");
    const first = [...markdown.matchAll(/^\| ([^-\s].*?) +\|/gm)].map((match) => match[1]);
    expect(first).toEqual([
      "kolo, wasm",
      "kolo, wasm",
      "kolo, cpu",
      "PyTorch",
      "tfjs alone, wasm \\*",
    ]);
    expect(markdown).toContain("\\* As tfjs has it");
    expect(markdown).toContain("at commit abc");
  });

  it("are padded as Prettier pads them", () => {
    const columns = [
      { title: "op", align: "left" },
      { title: "ms", align: "right" },
    ] as const;
    expect(markdownTable(columns, [["Conv2D", "1.5"]])).toBe(
      "| op     |  ms |\n| ------ | --: |\n| Conv2D | 1.5 |",
    );
  });
});
