/**
 * npm run bench -- collectives --np 2,4 --transports shm,grpc,tcp --peers gloo,openmpi [--json FILE]
 * npm run bench -- training --backend wasm --np 1,2 --peers torch [--json FILE]
 * npm run bench -- algorithms --kind allReduce --np 2,4,8 --transports grpc,tcp [--json FILE]
 * npm run bench -- compression [--quick] [--codecs topK-0.01,powerSGD] [--json FILE]
 * npm run bench -- compression --micro
 * npm run bench -- links --rates 1gbit,100mbit,20mbit [--json FILE]
 * npm run bench -- links all-reduce --bytes 100MiB --ranks-per-host 1,2 [--json FILE]
 * npm run bench -- plot FILE
 * npm run bench -- timeline --np 2 --transports shm,grpc [--json FILE]
 * npm run bench -- plot-timeline TRACE --steps 12-14 --out FILE.svg
 * npm run bench -- micro
 */
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { kinds } from "./algorithms/algorithms-plan.js";
import { benchAlgorithms } from "./algorithms/bench-algorithms.js";
import { benchCollectives } from "./collectives/bench-collectives.js";
import { operators } from "./collectives/cells.js";
import { peerChoices as collectivePeers, transportChoices } from "./collectives/contender.js";
import { dtypes } from "./collectives/measuring-plan.js";
import { benchCompression } from "./compression/bench-compression.js";
import { codecChoices, quickCodecs, usualCodecs } from "./compression/codecs.js";
import { datasetChoices } from "./compression/datasets.js";
import { defaultEpochs, defaultLearningRate } from "./compression/training.js";
import { bufferChoices, linkPeers, linkTransports } from "./links/all-reduce-contender.js";
import { benchAllReduce } from "./links/bench-all-reduce.js";
import { benchLinks } from "./links/bench-links.js";
import { type Rate, rateChoices } from "./links/rate.js";
import { benchMicro, microTopics } from "./micro/bench-micro.js";
import { plotFile } from "./plot/plot-file.js";
import { plotTimeline } from "./plot/plot-timeline.js";
import { readBytes, readChoices, readSizes } from "./read-list.js";
import { benchTimeline } from "./timeline/bench-timeline.js";
import { benchTraining } from "./training/bench-training.js";
import { backendChoices, kernelChoices, peerChoices } from "./training/contender.js";

const linkCodecs = ["none", "fp16", "int8", "topK-0.01", "deepGradient-0.001"] as const;

const bench = yargs(hideBin(process.argv))
  .scriptName("npm run bench --")
  .command(
    "collectives",
    "all-reduce over real processes, in the manner of nccl-tests",
    (command) =>
      command
        .option("np", { type: "string", default: "2,4", describe: "world sizes" })
        .option("bytes", {
          type: "string",
          default: "4KiB,1MiB,25MiB,100MiB",
          describe: "buffer sizes",
        })
        .option("transports", {
          type: "string",
          default: transportChoices.join(),
          describe: "between ranks of ours",
        })
        .option("peers", {
          type: "string",
          describe: `${collectivePeers.join()}; default: what is installed`,
        })
        .option("ops", { type: "string", default: "sum", describe: operators.join() })
        .option("dtypes", { type: "string", default: "float32", describe: dtypes.join() })
        .option("rounds", { type: "number", default: 3, describe: "launches of each contender" })
        .option("seconds", { type: "number", default: 1, describe: "of each size, in a launch" })
        .option("json", { type: "string", describe: "file for the rows" }),
    (options) => {
      benchCollectives({
        sizes: readSizes(options.np),
        bytes: readBytes(options.bytes),
        transports: readChoices(options.transports, transportChoices),
        peers:
          options.peers === undefined ? undefined : readChoices(options.peers, collectivePeers),
        ops: readChoices(options.ops, operators),
        dtypes: readChoices(options.dtypes, dtypes),
        rounds: options.rounds,
        seconds: options.seconds,
        json: options.json,
      });
    },
  )
  .command(
    "algorithms",
    "where one algorithm over links becomes faster than another",
    (command) =>
      command
        .option("kind", { choices: kinds, default: "allReduce" as const, describe: "which" })
        .option("np", { type: "string", default: "2,4,8", describe: "world sizes" })
        .option("bytes", {
          type: "string",
          default: "64,1KiB,4KiB,16KiB,32KiB,64KiB,256KiB,1MiB",
          describe: "buffer sizes",
        })
        .option("transports", { type: "string", default: "grpc,tcp", describe: "grpc, tcp" })
        .option("turns", { type: "number", default: 40, describe: "of each algorithm and size" })
        .option("json", { type: "string", describe: "file for the rows" }),
    (options) => {
      benchAlgorithms({
        kind: options.kind,
        sizes: readSizes(options.np),
        bytes: readBytes(options.bytes),
        transports: readChoices(options.transports, ["grpc", "tcp"]),
        turns: options.turns,
        json: options.json,
      });
    },
  )
  .command(
    "training",
    "a small CNN on real processes, with PyTorch beside it",
    (command) =>
      command
        .option("backend", { type: "string", default: "wasm", describe: backendChoices.join() })
        .option("np", { type: "string", default: "1,2", describe: "world sizes" })
        .option("peers", { type: "string", describe: "torch or none; default: torch if there" })
        .option("kernels", {
          type: "string",
          default: kernelChoices.join(),
          describe: "of the wasm backend",
        })
        .option("rounds", { type: "number", default: 5, describe: "launches of each contender" })
        .option("steps", { type: "number", default: 10, describe: "in each of five repeats" })
        .option("profile", { type: "boolean", default: true, describe: "op by op" })
        .option("json", { type: "string", describe: "file for the rows" }),
    (options) => {
      benchTraining({
        backends: readChoices(options.backend, backendChoices),
        sizes: readSizes(options.np),
        peers: options.peers === undefined ? undefined : readChoices(options.peers, peerChoices),
        kernels: readChoices(options.kernels, kernelChoices),
        rounds: options.rounds,
        steps: options.steps,
        profile: options.profile,
        json: options.json,
      });
    },
  )
  .command(
    "compression",
    "accuracy against bytes sent, of four ranks that share no memory",
    (command) =>
      command
        .option("quick", {
          type: "boolean",
          default: false,
          describe: `MNIST with ${quickCodecs.join()}`,
        })
        .option("codecs", { type: "string", describe: `default: ${usualCodecs.join()}` })
        .option("datasets", {
          type: "string",
          describe: `${datasetChoices.join()}; default: what is installed`,
        })
        .option("seeds", { type: "string", default: "1,2,3", describe: "a training for each" })
        .option("epochs", { type: "number", default: defaultEpochs, describe: "of each training" })
        .option("learning-rate", {
          type: "number",
          default: defaultLearningRate,
          describe: "with momentum 0.9",
        })
        .option("jobs", { type: "number", default: 1, describe: "trainings at a time" })
        .option("micro", {
          type: "boolean",
          default: false,
          describe: "instead, how fast codecs encode and decode, by Benchmark.js",
        })
        .option("json", { type: "string", describe: "file for the rows" })
        .option("continue", {
          type: "boolean",
          default: false,
          describe: "with what the file has already",
        }),
    ({ codecs, datasets, ...options }) => {
      if (options.micro) {
        benchMicro({ bytes: readBytes("1MiB,20MiB"), seconds: 0.5, topic: "compression" });
        return;
      }
      benchCompression({
        quick: options.quick,
        codecs: codecs === undefined ? undefined : readChoices(codecs, codecChoices),
        datasets: datasets === undefined ? undefined : readChoices(datasets, datasetChoices),
        seeds: readSizes(options.seeds),
        epochs: options.epochs,
        learningRate: options.learningRate,
        jobs: options.jobs,
        json: options.json,
        continues: options.continue,
      }).catch(fail);
    },
  )
  .command(
    "links [what]",
    "two hosts joined by slow links, which are network namespaces; wants root",
    (command) =>
      command
        .positional("what", {
          choices: ["compression", "all-reduce"] as const,
          default: "compression" as const,
          describe: "what compression is worth on them, or how much of them an all-reduce uses",
        })
        .option("rates", {
          type: "string",
          describe: `${rateChoices.join()}; default: all for compression, 1gbit for all-reduce`,
        })
        .option("json", { type: "string", describe: "file for the rows" })
        .option("codecs", { type: "string", default: linkCodecs.join(), describe: "to compare" })
        .option("accuracy", { type: "number", default: 0.98, describe: "on MNIST, to be reached" })
        .option("seeds", { type: "string", default: "1", describe: "a training for each" })
        .group(["codecs", "accuracy", "seeds"], "Of compression:")
        .option("bytes", { type: "string", default: "100MiB", describe: "buffer sizes" })
        .option("ranks-per-host", {
          type: "string",
          default: "1,2",
          describe: "on each of the two",
        })
        .option("transports", {
          type: "string",
          default: "shm,shm+tcp,grpc",
          describe: `${linkTransports.join()}, as tsrun spells them: shm is gRPC between hosts`,
        })
        .option("buffers", {
          type: "string",
          default: bufferChoices.join(),
          describe: "in place in the arena, as the optimizer does; or from and to tensors",
        })
        .option("peers", {
          type: "string",
          describe: `${linkPeers.join()}; default: what is installed`,
        })
        .option("rounds", { type: "number", default: 3, describe: "launches of each contender" })
        .option("seconds", { type: "number", default: 5, describe: "of measuring, in a launch" })
        .group(
          ["bytes", "ranks-per-host", "transports", "buffers", "peers", "rounds", "seconds"],
          "Of all-reduce:",
        ),
    ({ what, json, ...options }) => {
      const ratesOf = (usual: string): Rate[] => readChoices(options.rates ?? usual, rateChoices);
      const done =
        what === "compression"
          ? benchLinks({
              rates: ratesOf(rateChoices.join()),
              codecs: readChoices(options.codecs, codecChoices),
              accuracy: options.accuracy,
              seeds: readSizes(options.seeds),
              json,
            })
          : benchAllReduce({
              rates: ratesOf("1gbit"),
              bytes: readBytes(options.bytes),
              ranksPerHost: readSizes(options.ranksPerHost),
              transports: readChoices(options.transports, linkTransports),
              buffers: readChoices(options.buffers, bufferChoices),
              peers:
                options.peers === undefined ? undefined : readChoices(options.peers, linkPeers),
              rounds: options.rounds,
              seconds: options.seconds,
              json,
            });
      done.catch(fail);
    },
  )
  .command(
    "plot <file>",
    "what a bench wrote with --json, as a plot and tables, into a chapter",
    (command) =>
      command.positional("file", { type: "string", demandOption: true }).option("chapter", {
        type: "string",
        describe: "Markdown file; default: where it belongs",
      }),
    (options) => {
      plotFile(options.file, options.chapter);
    },
  )
  .command(
    "micro",
    "kernels, copies, codecs and products alone, by Benchmark.js",
    (command) =>
      command
        .option("bytes", {
          type: "string",
          default: "16KiB,1MiB,64MiB",
          describe: "of an operand",
        })
        .option("seconds", { type: "number", default: 0.5, describe: "of measuring, each" })
        .option("topic", { choices: microTopics, default: "all" as const, describe: "which" }),
    (options) => {
      const { seconds, topic } = options;
      benchMicro({ bytes: readBytes(options.bytes), seconds, topic });
    },
  )
  .command(
    "timeline",
    "what recording a timeline costs, in turns with steps that are not recorded",
    (command) =>
      command
        .option("np", { type: "string", default: "2", describe: "world sizes" })
        .option("transports", { type: "string", default: "shm,grpc", describe: "shm, grpc, tcp" })
        .option("rounds", { type: "number", default: 20, describe: "turns of each" })
        .option("steps", { type: "number", default: 20, describe: "in each turn" })
        .option("json", { type: "string", describe: "file for the rows" }),
    (options) => {
      benchTimeline({
        sizes: readSizes(options.np),
        transports: readChoices(options.transports, transportChoices),
        rounds: options.rounds,
        steps: options.steps,
        json: options.json,
      });
    },
  )
  .command(
    "plot-timeline <trace>",
    "some steps of what `tsrun --timeline` wrote, as a picture",
    (command) =>
      command
        .positional("trace", { type: "string", demandOption: true })
        .option("steps", { type: "string", default: "10-12", describe: "first and last" })
        .option("title", { type: "string", default: "A timeline", describe: "above the picture" })
        .option("out", { type: "string", default: "timeline.svg", describe: "SVG file" }),
    ({ trace, ...options }) => {
      plotTimeline(trace, options);
    },
  )
  .demandCommand(
    1,
    "say which bench: collectives, algorithms, training, compression, links, timeline or micro",
  )
  .strict();

try {
  void bench.parse();
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
