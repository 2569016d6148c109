/** The command line. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { BuildFailure } from "./failure.mjs";
import { pinnedTensorFlow } from "./pins.mjs";

export const help = `usage: kolo-build-tfjs-node [options]

Builds @tensorflow/tfjs-node against the TensorFlow of a wheel from PyPI, into the node_modules of a
project that has @tensorflow/tfjs. Linux on x64 and arm64; needs npm, Python 3 with pip, g++ or clang++.

  --gpu                 @tensorflow/tfjs-node-gpu instead, with CUDA (x64)
  --no-cuda             with --gpu: leaves NVIDIA's libraries out, for machines that have them
  --tensorflow VERSION  another TensorFlow than ${pinnedTensorFlow}, whose hashes are known
  --project DIR         the project; default: the current folder
  --cache DIR           where wheels are kept; default: $XDG_CACHE_HOME/kolo or ~/.cache/kolo
  --force               builds although what is there is up to date
  --help                prints this`;

/** Throws a BuildFailure for what is not an option. */
export function readOptions(args) {
  const values = parse(args);
  if (values["no-cuda"] && !values.gpu) {
    throw new BuildFailure("expected --no-cuda together with --gpu, got it alone");
  }
  if (!/^\d+\.\d+\.\d+[\w.]*$/.test(values.tensorflow)) {
    throw new BuildFailure(
      `expected --tensorflow to be a version as ${pinnedTensorFlow}, got "${values.tensorflow}"`,
    );
  }
  return {
    help: values.help,
    gpu: values.gpu,
    cuda: values.gpu && !values["no-cuda"],
    tensorflow: values.tensorflow,
    project: resolve(values.project),
    cache: resolve(values.cache),
    force: values.force,
  };
}

function parse(args) {
  const cacheHome = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const flag = { type: "boolean", default: false };
  const text = (value) => ({ type: "string", default: value });
  try {
    return parseArgs({
      args,
      options: {
        help: { ...flag, short: "h" },
        gpu: flag,
        "no-cuda": flag,
        tensorflow: text(pinnedTensorFlow),
        project: text("."),
        cache: text(join(cacheHome, "kolo")),
        force: flag,
      },
    }).values;
  } catch (error) {
    throw new BuildFailure(`${error.message}\n\n${help}`);
  }
}
