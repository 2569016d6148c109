/** Removes what the build made. */
import { fileURLToPath } from "node:url";
import { readdir, rm } from "node:fs/promises";

const root = fileURLToPath(new URL("..", import.meta.url));
const packages = (await readdir(`${root}packages`)).map((name) => `packages/${name}`);
for (const folder of [...packages, "launcher", "test", "bench"]) {
  for (const made of ["dist", "lib", "src/generated", "tsconfig.tsbuildinfo"]) {
    await rm(`${root}${folder}/${made}`, { recursive: true, force: true });
  }
}
