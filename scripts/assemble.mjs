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
const flags = ["--runtime", "stub", "--enable", "simd", "--importMemory", "--noAssert", "-O3"];

/** What each package's module is compiled to, each variant with flags of its own. */
const packages = {
  "wasm-kernels": {
    baseline: [],
    // Where the runtime has fused multiply-adds: Node 22 on.
    relaxed: ["--enable", "relaxed-simd"],
  },
  // Over the arena, which both threads of a rank share.
  kernels: {
    simd: [
      ["--enable", "threads", "--sharedMemory"],
      ["--initialMemory", "1", "--maximumMemory", "65536"],
    ].flat(),
  },
};

for (const [name, variants] of Object.entries(packages)) {
  const folder = `${root}packages/${name}`;
  const sources = (await readdir(`${folder}/assembly`))
    .filter((file) => file.endsWith(".ts"))
    .sort();
  const hash = createHash("sha256")
    .update(asc.version)
    .update(JSON.stringify([flags, variants]));
  for (const file of sources) hash.update(await readFile(`${folder}/assembly/${file}`));
  const stamp = `// ${hash.digest("hex")}`;
  const target = `${folder}/src/generated/module.ts`;
  if ((await readFile(target, "utf8").catch(() => "")).startsWith(stamp)) continue;

  let text = `${stamp}\n`;
  for (const [variant, extra] of Object.entries(variants)) {
    const binary = Buffer.from(await compile(folder, sources, extra));
    text += `export const ${variant}Base64 =\n  "${binary.toString("base64")}";\n`;
  }
  await mkdir(`${folder}/src/generated`, { recursive: true });
  await writeFile(target, text);
}

/** In memory: the compiler asks for files, and gets those of the folder. */
async function compile(folder, sources, extra) {
  const files = new Map();
  for (const file of sources) files.set(file, await readFile(`${folder}/assembly/${file}`, "utf8"));
  const written = new Map();
  const options = ["index.ts", ...flags, ...extra, "--outFile", "module.wasm"];
  const { error, stderr } = await asc.main(options, {
    readFile: (file) => files.get(file) ?? null,
    writeFile: (file, content) => written.set(file, content),
    listFiles: () => [],
  });
  const messages = stderr.toString();
  if (error || messages !== "")
    throw new Error(`${folder}/assembly does not compile:\n${messages}`);
  return written.get("module.wasm");
}
