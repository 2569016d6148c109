/**
 * Removes what the build made; with `--stale`, only what it made of sources that are gone, since
 * tsc leaves that, and Jest would go on running tests that nobody can read any more.
 */
import { fileURLToPath } from "node:url";
import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";

const root = fileURLToPath(new URL("..", import.meta.url));
const packages = (await readdir(`${root}packages`)).map((name) => `packages/${name}`);
const folders = [...packages, "launcher", "test", "bench"].map((name) => `${root}${name}`);

for (const folder of folders) {
  await (process.argv.includes("--stale") ? removeStale(folder) : removeMade(folder));
}

async function removeMade(folder) {
  for (const made of ["dist", "lib", "src/generated", "tsconfig.tsbuildinfo"]) {
    await rm(`${folder}/${made}`, { recursive: true, force: true });
  }
}

async function removeStale(folder) {
  const sources = existsSync(`${folder}/src`) ? `${folder}/src` : folder;
  const made = await readdir(`${folder}/dist`, { recursive: true }).catch(() => []);
  for (const file of made.filter((name) => name.endsWith(".js"))) {
    const name = file.slice(0, -".js".length);
    if (existsSync(`${sources}/${name}.ts`)) continue;
    for (const ending of [".js", ".js.map", ".d.ts", ".d.ts.map"]) {
      await rm(`${folder}/dist/${name}${ending}`, { force: true });
    }
  }
}
