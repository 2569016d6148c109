import { describe, expect, it } from "@jest/globals";
import { compressionRows, type Trained } from "../compression/compression-row.js";
import { type DatasetName } from "../compression/datasets.js";
import { pointsText } from "../compression/points-text.js";
import { compressionMarkdown } from "./compression-markdown.js";
import { compressionSvg } from "./compression-svg.js";
import { linear } from "./linear.js";

function trained(
  [dataset, codec]: readonly [DatasetName, "none" | "int8"],
  seed: number,
  [bytesPerStep, accuracy]: readonly [number, number],
): Trained {
  const history = [1, 2].map((epoch) => ({
    ...{ epoch, steps: 1000 * epoch, bytesSent: 1000 * epoch * bytesPerStep, loss: 0.03 },
    accuracy: accuracy - (epoch === 1 ? 0.02 : 0),
  }));
  return {
    ...{ dataset, codec, name: codec, seed, ratio: 1, warmupUpdates: 0, bytesPerStep, history },
    ...{ epochs: 2, np: 4, batchSize: 32, learningRate: 0.05 },
    ...{ host: "2 × <CPU> & more", date: "2026-01-02", commit: "abc", command: "npm run bench" },
  };
}
const rows = compressionRows([
  trained(["mnist", "none"], 1, [400_000, 0.99]),
  trained(["mnist", "int8"], 1, [100_000, 0.987]),
  trained(["mnist", "int8"], 2, [100_000, 0.988]),
  trained(["mnist", "none"], 2, [400_000, 0.988]),
  trained(["fashion-mnist", "none"], 1, [400_000, 0.9]),
]);

describe("the plot of compression", () => {
  const svg = compressionSvg(rows);

  it("has a panel for each dataset, and in it a line for each codec that ran on it", () => {
    const kinds = [...svg.matchAll(/<polyline class="series ([^"]+)"/g)].map((match) => match[1]);
    expect(kinds).toEqual(["none", "int8", "none"]);
    expect(svg).toContain(">MNIST<");
    expect(svg).toContain(">Fashion-MNIST<");
  });

  it("puts more bytes further right and more accuracy higher", () => {
    const [dense = [], narrow = []] = [...svg.matchAll(/points="([^"]+)"/g)].map((match) =>
      (match[1] ?? "").split(" ").map((point) => point.split(",").map(Number)),
    );
    const [[x1 = NaN, y1 = NaN] = [], [x2 = NaN, y2 = NaN] = []] = dense;
    expect(x2).toBeGreaterThan(x1);
    expect(y2).toBeLessThan(y1);
    expect(narrow[1]?.[0]).toBeLessThan(x1);
    expect(narrow[1]?.[1]).toBeGreaterThan(y2);
  });
});

describe("the tables of compression", () => {
  const markdown = compressionMarkdown(rows, "compression.svg");

  it("have means over seeds, how far they lie apart, and what it costs in points", () => {
    expect(markdown).toMatch(
      /\| int8 +\| +100,000 \| +4\.0 × \| +200\.0 MB \| +4\.0 × \| +98\.75 \| 98\.70–98\.80 \| +2 \| +−0\.15 \| 0\.0300 \|/,
    );
    expect(markdown).toContain("Fashion-MNIST:");
  });

  it("say once where the figures come from", () => {
    expect(markdown.match(/at commit abc/g)).toHaveLength(1);
  });
});

describe("points", () => {
  it.each([
    [-0.123, "−0.12"],
    [0.05, "+0.05"],
    [-0.001, "0.00"],
  ])("%d is written %s", (points, expected) => {
    expect(pointsText(points)).toBe(expected);
  });
});

describe("a linear axis", () => {
  it("has round marks around all values", () => {
    const { ticks, position } = linear([0.971, 0.9895], [100, 0]);
    expect(ticks.map((tick) => Number(tick.toFixed(6)))).toEqual([0.97, 0.975, 0.98, 0.985, 0.99]);
    expect(position(0.97)).toBeCloseTo(100);
    expect(position(0.99)).toBeCloseTo(0);
  });

  it("has marks also where all values are one", () => {
    expect(linear([1, 1], [0, 10]).ticks.length).toBeGreaterThan(1);
  });
});
