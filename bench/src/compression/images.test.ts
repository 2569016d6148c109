import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { loadDataset } from "./datasets.js";
import { imagePixels, type Images, oneHot, readImages, writeDataset } from "./images.js";

function images(count: number): Images {
  const pixels = Uint8Array.from({ length: count * imagePixels }, (_, i) => i % 251);
  return { pixels, classes: Uint8Array.from({ length: count }, (_, i) => i % 10) };
}

describe("images for ranks", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "kolo-images-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("are read as they were written", () => {
    const dataset = { train: images(3), test: images(2) };
    writeDataset(folder, dataset);
    for (const part of ["train", "test"] as const) {
      const read = readImages(folder, part);
      expect([...read.classes]).toEqual([...dataset[part].classes]);
      expect(Buffer.compare(read.pixels, dataset[part].pixels)).toBe(0);
    }
  });

  it("have a class each", () => {
    const broken = { pixels: images(3).pixels, classes: new Uint8Array(2) };
    expect(() => {
      writeDataset(folder, { train: broken, test: broken });
    }).toThrow(/expected 2 train images/);
  });

  it("have one-hot labels", () => {
    expect([...oneHot(Uint8Array.of(9, 1))]).toEqual([
      ...[0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
      ...[0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ]);
  });
});

describe("MNIST", () => {
  it("is all there, every class of it", () => {
    const { train, test } = loadDataset("mnist");
    expect([train.classes.length, test.classes.length]).toEqual([60_000, 10_000]);
    expect(new Set(train.classes).size).toBe(10);
    expect([...train.classes.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
  });
});
