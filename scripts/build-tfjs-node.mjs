#!/usr/bin/env node
/**
 * Puts a current TensorFlow under tfjs-node. What npm has of tfjs-node brings a TensorFlow of 2022,
 * downloaded by its install script; this takes the shared libraries and headers of a TensorFlow wheel
 * from PyPI, compiles the addon against them, tries it, and leaves the package in the project's
 * node_modules, where `import "@tensorflow/tfjs-node"` finds it. docs/tensorflow.md has the chapter.
 *
 * Nothing is downloaded but packages, by npm and pip, from the registries these are configured with.
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { compileAddon } from "./build-tfjs-node/compile-addon.mjs";
import { BuildFailure } from "./build-tfjs-node/failure.mjs";
import { fillDeps } from "./build-tfjs-node/fill-deps.mjs";
import { lookAtMachine } from "./build-tfjs-node/machine.mjs";
import { mendPackage } from "./build-tfjs-node/mend-package.mjs";
import { fetchApiHeaders, stagePackage } from "./build-tfjs-node/npm-packages.mjs";
import { help, readOptions } from "./build-tfjs-node/options.mjs";
import { buildNumber } from "./build-tfjs-node/pins.mjs";
import { findPlace } from "./build-tfjs-node/place.mjs";
import { inspectStamp, writeStamp } from "./build-tfjs-node/stamp.mjs";
import { tryAddon } from "./build-tfjs-node/try-addon.mjs";
import { prepareCache } from "./build-tfjs-node/wheels.mjs";

async function main(args) {
  const options = readOptions(args);
  if (options.help) {
    console.log(help);
    return;
  }
  const place = await findPlace(options);
  const request = {
    build: buildNumber,
    package: `${place.packageName}@${place.version}`,
    tensorflow: options.tensorflow,
    cuda: options.cuda,
  };
  const stamp = options.force ? undefined : await inspectStamp(place.packageFolder, request);
  if (stamp !== undefined) {
    console.log(
      `${request.package} with TensorFlow ${options.tensorflow} is built already, in ` +
        `${place.packageFolder}: nothing to do (--force builds it anew)`,
    );
    return;
  }
  const machine = lookAtMachine(options);
  await prepareCache(options.cache);
  await build({ options, place, request, machine });
}

async function build({ options, place, request, machine }) {
  const startedMs = performance.now();
  // Beside its place, so that a rename puts it there; a run that was killed may have left it.
  const staging = join(place.nodeModules, ".kolo-build-tfjs-node");
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  try {
    const npm = { ...machine, ...place, staging };
    const folder = place.installed ? place.packageFolder : await stagePackage(npm);
    const headers = await fetchApiHeaders(npm);
    const { wheels, files } = await fillDeps({ ...options, machine, folder });
    files.push(await compileAddon({ folder, headers, compiler: machine.compiler }));
    await mendPackage(folder);
    const found = tryAddon(folder, options.tensorflow);
    await writeStamp(folder, { request, wheels, files, compiler: machine.compiler.version });
    if (!place.installed) {
      await mkdir(dirname(place.packageFolder), { recursive: true });
      await rename(folder, place.packageFolder);
    }
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    console.log(
      `built ${request.package} with TensorFlow ${found.tensorflow}, device ${found.device}, in ` +
        `${place.packageFolder} (${seconds} s)`,
    );
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).catch((error) => {
  // A full disk, or a folder that belongs to somebody else: no bug of ours. The message has the path.
  const isOfFiles = typeof error.syscall === "string";
  if (!(error instanceof BuildFailure) && !isOfFiles) throw error;
  const expected = isOfFiles ? "expected to read and write the project and the cache, got " : "";
  console.error(`kolo-build-tfjs-node: ${expected}${error.message}`);
  process.exitCode = 1;
});
