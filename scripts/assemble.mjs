/**
 * Compiles the SIMD code (AssemblyScript, `packages/<name>/assembly`) to WebAssembly and writes it
 * as a TypeScript module, `src/generated/module.ts`: whoever bundles the package needs no loader
 * and no path. Does nothing where the sources are as they were.
 */
import asc from "assemblyscript/asc";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const flags = [
  ["--runtime", "stub"],
  ["--enable", "simd"],
  "--importMemory",
  "--noAssert",
  "-O3",
].flat();

for (const name of ["wasm-kernels"]) {
  const folder = `${root}packages/${name}`;
  const sources = (await readdir(`${folder}/assembly`))
    .filter((file) => file.endsWith(".ts"))
    .sort();
  const hash = createHash("sha256").update(asc.version).update(flags.join(" "));
  for (const file of sources) hash.update(await readFile(`${folder}/assembly/${file}`));
  const stamp = `// ${hash.digest("hex")}`;
  const target = `${folder}/src/generated/module.ts`;
  if ((await readFile(target, "utf8").catch(() => "")).startsWith(stamp)) continue;

  const binary = await compile(folder, sources);
  await mkdir(`${folder}/src/generated`, { recursive: true });
  const text = Buffer.from(binary).toString("base64");
  await writeFile(target, `${stamp}\nexport const moduleBase64 =\n  "${text}";\n`);
}

/** In memory: the compiler asks for files, and gets those of the folder. */
async function compile(folder, sources) {
  const files = new Map();
  for (const file of sources) files.set(file, await readFile(`${folder}/assembly/${file}`, "utf8"));
  const written = new Map();
  const { error, stderr } = await asc.main(["index.ts", ...flags, "--outFile", "module.wasm"], {
    readFile: (file) => files.get(file) ?? null,
    writeFile: (file, content) => written.set(file, content),
    listFiles: () => [],
  });
  const messages = stderr.toString();
  if (error || messages !== "")
    throw new Error(`${folder}/assembly does not compile:\n${messages}`);
  return written.get("module.wasm");
}
