/**
 * npm run bench -- collectives --np 2,4 --bytes 4KiB,1MiB,25MiB [--json FILE]
 * npm run bench -- micro
 */
import yargs from "yargs";
import { hideBin } from "yargs/helpers";
import { benchCollectives } from "./collectives/bench-collectives.js";
import { benchKernels } from "./micro/bench-kernels.js";
import { parseBytes } from "./parse-bytes.js";

const numbers = (text: string): number[] => text.split(",").map(Number);

void yargs(hideBin(process.argv))
  .scriptName("npm run bench --")
  .command(
    "collectives",
    "all-reduce over real processes, in the manner of nccl-tests",
    (command) =>
      command
        .option("np", { type: "string", default: "2,4", describe: "world sizes" })
        .option("bytes", { type: "string", default: "4KiB,1MiB,25MiB", describe: "buffer sizes" })
        .option("seconds", { type: "number", default: 2, describe: "of measuring, per row" })
        .option("json", { type: "string", describe: "file for the rows" }),
    (options) => {
      benchCollectives({
        sizes: numbers(options.np),
        bytes: options.bytes.split(",").map(parseBytes),
        seconds: options.seconds,
        json: options.json,
      });
    },
  )
  .command("micro", "kernels alone, by Benchmark.js", {}, () => {
    benchKernels();
  })
  .demandCommand(1, "say which bench: collectives or micro")
  .strict()
  .parse();
