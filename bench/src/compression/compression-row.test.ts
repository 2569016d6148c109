import { describe, expect, it } from "@jest/globals";
import {
  type CompressionRow,
  compressionRows,
  summariesOf,
  type Trained,
} from "./compression-row.js";

const origin = { host: "a host", date: "2026-01-02", commit: "abc", command: "npm run bench" };

/** Two epochs, of which the first warms up at ten times the bytes. */
function trained(
  codec: "none" | "topK",
  seed: number,
  [bytesPerStep, accuracy]: readonly [number, number],
): Trained {
  const checkpoint = (epoch: number, bytesSent: number) => ({
    ...{ epoch, steps: 10 * epoch, bytesSent, accuracy, loss: 1 - accuracy },
  });
  return {
    ...{ dataset: "mnist", name: codec === "none" ? "none" : "topK 1 % fp16", codec, seed },
    ...{ ratio: 0.01, epochs: 2, np: 4, batchSize: 32, learningRate: 0.05, warmupUpdates: 0 },
    bytesPerStep,
    history: [checkpoint(1, 100 * bytesPerStep), checkpoint(2, 110 * bytesPerStep)],
    ...origin,
  };
}

describe("rows of the compression bench", () => {
  const rows = compressionRows([
    trained("none", 1, [8000, 0.99]),
    trained("topK", 1, [100, 0.98]),
    trained("none", 2, [8000, 0.98]),
    trained("topK", 2, [80, 0.979]),
  ]);
  const near = (value: number): unknown => expect.closeTo(value, 9);

  it("have what the training ended with, and reductions against none at the same seed", () => {
    expect(rows.map(({ reduction }) => reduction)).toEqual([1, 80, 1, 100]);
    expect(rows[1]).toMatchObject({ accuracy: 0.98, bytesTotal: 11_000, reductionTotal: 80 });
  });

  it("have no reduction where none did not run", () => {
    const [alone] = compressionRows([trained("topK", 3, [100, 0.98])]);
    expect(alone?.reduction).toBeNaN();
  });

  it("can be read back and completed: they are trainings too", () => {
    const read = JSON.parse(JSON.stringify(rows)) as CompressionRow[];
    expect(compressionRows(read)).toEqual(rows);
  });

  it("have means over seeds, and the difference to none in points", () => {
    const [dense, sparse, ...others] = summariesOf(rows);
    expect(others).toEqual([]);
    expect(dense).toMatchObject({ codec: "none", seeds: 2, points: 0, accuracy: near(0.985) });
    expect(sparse).toMatchObject({
      ...{ name: "topK 1 % fp16", seeds: 2, reduction: 90, bytesPerStep: 90 },
      ...{ accuracyRange: [0.979, 0.98], points: near(-0.55) },
    });
  });

  it("compare with none at the same seeds only, where there are not all of them yet", () => {
    const [, sparse] = summariesOf(rows.slice(0, 3));
    expect(sparse).toMatchObject({ seeds: 1, points: near(-1) });
  });
});
