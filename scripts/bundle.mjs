/**
 * Makes packages/kolo/lib, which is what gets published: the house has many rooms, the package is
 * one. Entries for the user's script, the rank's preload and its threads, tsrun and its agent on other hosts, and what tries a backend for `tsrun check`; third-party packages stay outside, as dependencies of `kolo`.
 */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { cp, mkdir, readdir, readFile, rm } from "node:fs/promises";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = `${root}packages/kolo/lib`;
const manifest = JSON.parse(await readFile(`${root}packages/kolo/package.json`, "utf8"));
const external = [
  ...Object.keys(manifest.dependencies),
  ...Object.keys(manifest.optionalDependencies),
  ...Object.keys(manifest.peerDependencies),
].flatMap((name) => [name, `${name}/*`]);

const packages = (await readdir(`${root}packages`)).filter((name) => name !== "kolo");
const roomOf = (id) => packages.find((name) => id === `@kolo/${name}`);

await rm(out, { recursive: true, force: true });
await mkdir(out);
await build({
  // From source, so that what an entry does not use stays out: the main thread loads no gRPC.
  entryPoints: {
    index: `${root}packages/kolo/src/index.ts`,
    preload: `${root}packages/engine/src/preload.ts`,
    "communication-thread": `${root}packages/engine/src/communication-thread.ts`,
    "shared-memory-thread": `${root}packages/engine/src/shared-memory-thread.ts`,
    "coordinator-thread": `${root}packages/engine/src/placed/coordinator-thread.ts`,
    "probe-backend": `${root}packages/kolo/src/backend/probe-backend.ts`,
    tsrun: `${root}launcher/src/main.ts`,
    agent: `${root}launcher/src/agent-main.ts`,
  },
  alias: {
    ...Object.fromEntries(
      packages.map((name) => [`@kolo/${name}`, `${root}packages/${name}/src/index.ts`]),
    ),
    // The user's project has tfjs; where a package manager puts its core is not ours to know.
    "@tensorflow/tfjs-core": "@tensorflow/tfjs",
  },
  outdir: out,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external,
  logLevel: "warning",
});
for (const proto of ["rendezvous/proto/rendezvous.proto", "transport/proto/segment.proto"]) {
  await cp(`${root}packages/${proto}`, `${out}/${proto.split("/").at(-1)}`);
}
// Plain Node, and read by people who wonder what it does to their node_modules: as it is.
for (const name of ["build-tfjs-node.mjs", "build-tfjs-node"]) {
  await cp(`${root}scripts/${name}`, `${out}/${name}`, { recursive: true });
}

const types = await rollup({
  input: `${root}packages/kolo/dist/index.d.ts`,
  external: (id) => roomOf(id) === undefined && /^[^./]/.test(id),
  plugins: [
    {
      name: "rooms",
      resolveId: (id) => roomOf(id) && `${root}packages/${roomOf(id)}/dist/index.d.ts`,
    },
    dts(),
  ],
});
await types.write({ file: `${out}/index.d.ts` });
await types.close();

// A package on npm has its own: a licence that is somewhere else covers nothing.
for (const document of ["kolo/LICENSE", "kolo/README.md", "wasm-kernels/LICENSE"]) {
  await cp(`${root}${document.split("/").at(-1)}`, `${root}packages/${document}`);
}
