/**
 * What compression is worth on a slow link: two hosts, which are network namespaces of this machine,
 * joined by links that tc shapes to a rate; ranks talk gRPC with TLS, as across any hosts. Wants root,
 * and what `npm run test:hosts` wants (CONTRIBUTING.md).
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Compression } from "@kolo/compression";
import { createHosts, type Hosts } from "@kolo/test/hosts/hosts";
import { type CodecName, compressionOf } from "../compression/codecs.js";
import { loadDataset } from "../compression/datasets.js";
import { writeDataset } from "../compression/images.js";
import { defaultLearningRate } from "../compression/training.js";
import { provenance } from "../provenance.js";
import { type ExchangeResult, type LinkPlan, type TrainingResult } from "./link-plan.js";
import { type ExchangeRow, linkReport, type TrainingRow } from "./link-report.js";
import { type Rate } from "./rate.js";
import { runOnHosts, tsrunCommand } from "./run-on-hosts.js";

export interface LinksOptions {
  readonly rates: readonly Rate[];
  readonly codecs: readonly CodecName[];
  /** To be reached by the training on MNIST. */
  readonly accuracy: number;
  readonly seeds: readonly number[];
  readonly json: string | undefined;
}

/** Of the large model: enough for a median, on slow links few enough to end. */
const exchangeSteps = { "1gbit": 11, "100mbit": 7, "20mbit": 3 } as const;
const mostTrainingSteps = 2000;
/** Updates in which deepGradient's ratio falls: a fifth of an epoch, since trainings are shorter. */
const warmupUpdates = 100;

export async function benchLinks(options: LinksOptions): Promise<void> {
  const hosts = await createHosts({ count: 2 });
  const origin = provenance();
  const exchanges: ExchangeRow[] = [];
  const trainings: TrainingRow[] = [];
  try {
    const folder = join(hosts.folder, "images");
    mkdirSync(folder);
    writeDataset(folder, loadDataset("mnist"));
    for (const rate of options.rates) {
      await Promise.all(hosts.all.map((host) => host.shape({ rate })));
      for (const codec of options.codecs) {
        const compression = compressionOf(codec, warmupUpdates);
        // As it is once a warm-up is over.
        const steady = compressionOf(codec, 0);
        exchanges.push({ rate, codec, ...(await measureExchange(hosts, steady, rate)) });
        console.error(JSON.stringify(exchanges.at(-1)));
        for (const seed of options.seeds) {
          const plan = { compression, folder, accuracy: options.accuracy };
          const reached = await measureTraining(hosts, plan, seed);
          trainings.push({ rate, codec, seed, ...reached });
          console.error(JSON.stringify(trainings.at(-1)));
        }
        if (options.json !== undefined) {
          const rows = { ...origin, exchanges, trainings };
          writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
        }
      }
    }
  } finally {
    await hosts.close();
  }
  console.log(linkReport(exchanges, trainings));
}

async function measureExchange(
  hosts: Hosts,
  compression: Compression,
  rate: Rate,
): Promise<Omit<ExchangeRow, "rate" | "codec">> {
  const plan: LinkPlan = { kind: "exchange", compression, steps: exchangeSteps[rate] };
  const results = (await run(hosts, plan, 1)) as readonly ExchangeResult[];
  const slowest = (pick: (result: ExchangeResult) => number): number =>
    Math.max(...results.map(pick));
  return {
    stepMs: slowest(({ stepMs }) => stepMs),
    communicationMs: slowest(({ communicationMs }) => communicationMs),
    bytesPerStep: slowest(({ bytesPerStep }) => bytesPerStep),
  };
}

async function measureTraining(
  hosts: Hosts,
  plan: {
    readonly compression: Compression;
    readonly folder: string;
    readonly accuracy: number;
  },
  seed: number,
): Promise<Omit<TrainingRow, "rate" | "codec" | "seed">> {
  const results = (await run(
    hosts,
    {
      kind: "training",
      ...plan,
      learningRate: defaultLearningRate,
      mostSteps: mostTrainingSteps,
    },
    seed,
  )) as readonly TrainingResult[];
  const slowest = results.reduce((one, other) => (one.seconds > other.seconds ? one : other));
  const { seconds, steps, accuracy } = slowest;
  return { seconds, steps, accuracy };
}

/** One rank on each host; what each has printed. */
function run(hosts: Hosts, plan: LinkPlan, seed: number): Promise<readonly unknown[]> {
  const flags = ["--backend", "wasm", "--seed", String(seed)];
  const script = [join(__dirname, "link-rank.js"), JSON.stringify(plan)];
  return runOnHosts(hosts, tsrunCommand(hosts, 1, [...flags, ...script]));
}
