/**
 * Ten classes of 28 × 28 grey images, on the way from the process that reads a package to the ranks:
 * they all map the same four files instead of parsing the package each by itself.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Images {
  /** 0 … 255, one image after the other. */
  readonly pixels: Uint8Array;
  /** The class of each image, 0 … 9. */
  readonly classes: Uint8Array;
}

export interface Dataset {
  readonly train: Images;
  readonly test: Images;
}

export const imageShape = [28, 28, 1] as const;
export const imagePixels = 28 * 28;
export const classCount = 10;

const parts = ["train", "test"] as const;

export function writeDataset(folder: string, dataset: Dataset): void {
  for (const part of parts) {
    const { pixels, classes } = dataset[part];
    if (pixels.length !== classes.length * imagePixels) {
      throw new Error(`expected ${classes.length} ${part} images, got ${pixels.length} pixels`);
    }
    writeFileSync(join(folder, `${part}-pixels`), pixels);
    writeFileSync(join(folder, `${part}-classes`), classes);
  }
}

export function readImages(folder: string, part: (typeof parts)[number]): Images {
  return {
    pixels: readFileSync(join(folder, `${part}-pixels`)),
    classes: readFileSync(join(folder, `${part}-classes`)),
  };
}

export function oneHot(classes: Uint8Array): Float32Array {
  const labels = new Float32Array(classes.length * classCount);
  classes.forEach((which, image) => (labels[image * classCount + which] = 1));
  return labels;
}
