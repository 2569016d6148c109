/**
 * What compression costs in accuracy and saves in bytes: the same trainings, from the same weights and
 * in the same order for every codec at a seed. Nothing here is a matter of time, so it may run on a
 * busy machine; and since it runs for long, the file is written after every training.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Compression, describeCompression } from "@kolo/compression";
import { provenance } from "../provenance.js";
import {
  type CodecName,
  compressionOf,
  quickCodecs,
  ratioOf,
  usualCodecs,
  warmupUpdatesOf,
} from "./codecs.js";
import {
  type CompressionRow,
  compressionRows,
  type Planned,
  type Trained,
} from "./compression-row.js";
import {
  datasetChoices,
  type DatasetName,
  howToGetFashion,
  isInstalled,
  loadDataset,
} from "./datasets.js";
import { writeDataset } from "./images.js";
import { launch } from "./launch.js";
import { printReport } from "./print-report.js";
import { batchSize, np, updatesPerEpoch } from "./training.js";

export interface CompressionOptions {
  /** A short run: three codecs, MNIST only, unless others are asked for. */
  readonly quick: boolean;
  readonly codecs: readonly CodecName[] | undefined;
  readonly datasets: readonly DatasetName[] | undefined;
  readonly seeds: readonly number[];
  readonly epochs: number;
  readonly learningRate: number;
  /** Trainings at a time; accuracies and bytes do not depend on it. */
  readonly jobs: number;
  readonly json: string | undefined;
  /** Keeps what the file has of these trainings, and goes on with the others. */
  readonly continues: boolean;
}

export async function benchCompression(options: CompressionOptions): Promise<void> {
  const chosen = options.codecs ?? (options.quick ? quickCodecs : usualCodecs);
  // All reductions are against it.
  const codecs = [...new Set<CodecName>(["none", ...chosen])];
  const { json, continues } = options;
  const all = continues && json !== undefined && existsSync(json) ? readRows(json) : [];
  for (const dataset of options.datasets ?? usualDatasets(options.quick)) {
    await trainAll(dataset, codecs, options, all);
  }
  printReport(compressionRows(all));
}

interface Training {
  readonly planned: Planned;
  readonly compression: Compression;
}

async function trainAll(
  dataset: DatasetName,
  codecs: readonly CodecName[],
  options: CompressionOptions,
  all: Trained[],
): Promise<void> {
  const origin = provenance();
  const folder = mkdtempSync(join(tmpdir(), "kolo-images-"));
  try {
    const images = loadDataset(dataset);
    writeDataset(folder, images);
    const warmupUpdates = updatesPerEpoch(images.train.classes.length);
    // A seed with all codecs, then the next: whatever there is when it ends compares.
    const trainings = options.seeds
      .flatMap((seed) =>
        codecs.map((codec) => plannedTraining({ dataset, codec, seed, warmupUpdates }, options)),
      )
      .filter(({ planned }) => !all.some((row) => isSame(row, planned)));
    const next = trainings.values();
    const work = async (): Promise<void> => {
      for (const { planned, compression } of next) {
        const { epochs, learningRate, seed } = planned;
        const startMs = performance.now();
        const result = await launch({ folder, compression, epochs, learningRate }, seed);
        all.push({ ...planned, ...result, ...origin });
        report(all, options.json, performance.now() - startMs);
      }
    };
    await Promise.all(Array.from({ length: options.jobs }, work));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function plannedTraining(
  one: Readonly<Record<"seed" | "warmupUpdates", number>> & {
    readonly dataset: DatasetName;
    readonly codec: CodecName;
  },
  { epochs, learningRate }: CompressionOptions,
): Training {
  const compression = compressionOf(one.codec, one.warmupUpdates);
  const ratio = ratioOf(compression);
  const planned: Planned = {
    ...{ dataset: one.dataset, name: describeCompression(compression), codec: compression.kind },
    ...(ratio !== undefined && { ratio }),
    ...{ seed: one.seed, epochs, np, batchSize, learningRate },
    warmupUpdates: warmupUpdatesOf(compression),
  };
  return { planned, compression };
}

function report(all: readonly Trained[], json: string | undefined, ms: number): void {
  const rows = compressionRows(all);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, undefined, 2)}\n`);
  console.error(progress(rows.at(-1), ms));
}

/** All but what was reached, and where. */
function isSame(row: Planned, planned: Planned): boolean {
  return Object.entries(planned).every(([name, value]) => row[name as keyof Planned] === value);
}

function usualDatasets(quick: boolean): DatasetName[] {
  if (quick) return ["mnist"];
  if (!isInstalled("fashion-mnist")) {
    console.error(`without fashion-mnist, which was not found. To get it: ${howToGetFashion}`);
  }
  return datasetChoices.filter(isInstalled);
}

function readRows(file: string): Trained[] {
  return JSON.parse(readFileSync(file, "utf8")) as CompressionRow[];
}

function progress(row: CompressionRow | undefined, ms: number): string {
  if (row === undefined) return "";
  const { dataset, name, seed, accuracy, reduction } = row;
  return [
    ...[dataset.padEnd(13), `seed ${seed}`, name.padEnd(24)],
    `accuracy ${accuracy.toFixed(4)}  bytes ÷ ${reduction.toFixed(1).padStart(6)}`,
    `${(ms / 1000).toFixed(0).padStart(4)} s`,
  ].join("  ");
}
