/** Where the package goes, and in which version: beside the project's @tensorflow/tfjs. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BuildFailure } from "./failure.mjs";

/**
 * tfjs-node wants tfjs in exactly its own version, so the project's tfjs decides. A tfjs-node that is
 * installed already (with `--ignore-scripts`, or by an earlier run) is kept and gets its addon.
 */
export async function findPlace({ project, gpu }) {
  const packageName = gpu ? "@tensorflow/tfjs-node-gpu" : "@tensorflow/tfjs-node";
  for (let folder = project; ; folder = dirname(folder)) {
    const nodeModules = join(folder, "node_modules");
    const tfjs = await readVersion(join(nodeModules, "@tensorflow/tfjs"));
    if (tfjs === undefined && folder !== dirname(folder)) continue;
    if (tfjs === undefined) {
      throw new BuildFailure(
        `expected @tensorflow/tfjs to be installed in ${project}; ` +
          `npm install @tensorflow/tfjs there, or name the project with --project`,
      );
    }
    const packageFolder = join(nodeModules, packageName);
    const installed = await readVersion(packageFolder);
    if (installed !== undefined && installed !== tfjs) {
      throw new BuildFailure(
        `expected ${packageName} in the version of @tensorflow/tfjs, ${tfjs}, got ${installed}, in ` +
          `${packageFolder}; remove it, or install both in one version`,
      );
    }
    return {
      root: folder,
      nodeModules,
      packageName,
      version: tfjs,
      packageFolder,
      installed: installed !== undefined,
    };
  }
}

async function readVersion(packageFolder) {
  try {
    return JSON.parse(await readFile(join(packageFolder, "package.json"), "utf8")).version;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
