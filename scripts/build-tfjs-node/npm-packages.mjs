/**
 * The npm side. `npm install --no-save` would do it in one line, but it also brings the rest of
 * node_modules in line with the lock file, and removes what an earlier `--no-save` put there. So the
 * package is unpacked by itself, and its dependencies go into a node_modules of its own.
 */
import { copyFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BuildFailure } from "./failure.mjs";
import { apiHeaders, npmIntegrity } from "./pins.mjs";
import { runCommand } from "./run-command.mjs";

/** Makes the package, without deps and addon, and returns its folder in the staging folder. */
export async function stagePackage({ npm, root, packageName, version, staging }) {
  console.log(`fetching ${packageName} ${version}`);
  const folder = await unpack({ npm, root, spec: `${packageName}@${version}`, staging });
  const { dependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  // tfjs itself must be the project's, or there would be two.
  const own = Object.entries(dependencies).filter(([name]) => !name.startsWith("@tensorflow/"));
  const beside = join(staging, "dependencies");
  await mkdir(beside);
  await writeFile(
    join(beside, "package.json"),
    JSON.stringify({ private: true, dependencies: Object.fromEntries(own) }),
  );
  await useRegistryOf(root, beside);
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
  runCommand([...npm, "install", `--prefix=${beside}`, "--prefer-offline", ...flags], {
    cwd: beside,
    failing: `expected npm to install the dependencies of ${packageName}`,
  });
  await rename(join(beside, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** Fetches node_api.h, so that none need to be installed with Node; returns the folder it is in. */
export async function fetchApiHeaders({ npm, root, staging }) {
  return join(await unpack({ npm, root, spec: apiHeaders, staging }), "include");
}

async function unpack({ npm, root, spec, staging }) {
  const folder = join(staging, spec.replaceAll(/[^\w.-]+/g, "_"));
  await mkdir(folder);
  await useRegistryOf(root, folder);
  const answer = runCommand(
    [...npm, "pack", spec, "--json", "--prefer-offline", `--prefix=${folder}`],
    {
      cwd: folder,
      failing: `expected npm to fetch ${spec}`,
    },
  );
  const [packed] = JSON.parse(answer);
  const expected = npmIntegrity[spec];
  if (expected !== undefined && packed.integrity !== expected) {
    throw new BuildFailure(`expected ${spec} to have ${expected}, got ${packed.integrity}`);
  }
  runCommand(["tar", "-xzf", packed.filename], {
    cwd: folder,
    failing: `expected ${packed.filename} to unpack`,
  });
  return join(folder, "package");
}

/** npm reads a project's registry and scopes from the folder it works in. */
async function useRegistryOf(root, folder) {
  const settings = join(root, ".npmrc");
  if (existsSync(settings)) await copyFile(settings, join(folder, ".npmrc"));
}
