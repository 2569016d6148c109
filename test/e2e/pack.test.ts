import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixture, root, tsrun } from "../support/tsrun.js";

describe("the published package, installed elsewhere", () => {
  const folder = mkdtempSync(join(tmpdir(), "kolo-pack-"));
  const npm = (args: readonly string[], cwd: string): string =>
    execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel", "error"], {
      cwd,
      encoding: "utf8",
      // npm hands its own settings to what it runs; this npm is not to know of that one.
      env: Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")),
      ),
    });

  const pack = (name: string): string => {
    npm(["pack", "--pack-destination", folder], join(root, "packages", name));
    return readdirSync(folder).find((file) => file.includes(`${name}-0`)) ?? "";
  };

  beforeAll(() => {
    const tarball = pack("kolo");
    writeFileSync(join(folder, "package.json"), '{ "name": "elsewhere", "type": "module" }');
    const tfjs = ["@tensorflow/tfjs@4.22.0", "@tensorflow/tfjs-backend-wasm@4.22.0"];
    npm(["install", `./${tarball}`, ...tfjs, "typescript@5.9"], folder);
  }, 300_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("trains nothing but runs: two ranks add up", async () => {
    copyFileSync(fixture("esm/hello.ts"), join(folder, "train.ts"));
    const bin = join(folder, "node_modules/.bin/tsrun");
    const result = await tsrun(["-np", "2", "--quiet", "train.ts"], { bin, cwd: folder });
    expect(result).toMatchObject({ code: 0, stderr: "", left: [] });
    expect(result.stdout.split("\n").sort().join()).toBe(",[1] hello 1 2 3 [],hello 0 2 3 []");
  });

  it("runs the program of the README as it is printed there", async () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const [, program = ""] = /```ts\n\/\/ train\.ts\n([\s\S]*?)```/.exec(readme) ?? [];
    expect(program).toContain("distributedOptimizer");
    writeFileSync(join(folder, "readme.ts"), program);
    const bin = join(folder, "node_modules/.bin/tsrun");
    const result = await tsrun(["-np", "2", "readme.ts"], { bin, cwd: folder });
    expect(result).toMatchObject({ code: 0, stdout: "trained on 2 ranks\n", left: [] });
    expect(result.stderr).toMatch(/epoch 5\/5 /);
  });

  it("has the training kernels in it: a convolution trains on wasm", async () => {
    copyFileSync(fixture("convolution.mts"), join(folder, "convolution.mts"));
    const bin = join(folder, "node_modules/.bin/tsrun");
    const flags = ["-np", "2", "--quiet", "--backend", "wasm", "--seed", "1"];
    const result = await tsrun([...flags, "convolution.mts"], { bin, cwd: folder });
    expect(result).toMatchObject({ code: 0, stderr: "", left: [] });
    expect(result.stdout).toBe("learned on wasm\n");
  });

  it("brings the command that builds tfjs-node", () => {
    const bin = join(folder, "node_modules/.bin/kolo-build-tfjs-node");
    const help = execFileSync(bin, ["--help"], { cwd: folder, encoding: "utf8" });
    expect(help).toContain("usage: kolo-build-tfjs-node [options]");
  });

  it("has wasm-kernels beside it, which work alone, with licence and sources", () => {
    // In a folder of its own below, where tfjs is found and kolo is not imported.
    const own = join(folder, "alone/node_modules/@kolo/wasm-kernels");
    mkdirSync(own, { recursive: true });
    const tarball = join(folder, pack("wasm-kernels"));
    execFileSync("tar", ["-xzf", tarball, "-C", own, "--strip-components=1"]);
    for (const file of ["LICENSE", "README.md", "assembly/index.ts", "src/kernels/index.ts"])
      expect(existsSync(join(own, file))).toBe(true);
    expect(
      readdirSync(own, { recursive: true }).filter((file) => /test/.test(String(file))),
    ).toEqual([]);
    const readme = readFileSync(join(own, "README.md"), "utf8");
    const [, program = ""] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
    const required = program.replaceAll(
      /^import (?:(.*) from )?(".*");$/gm,
      (_, names: string | undefined, from: string) =>
        `${names === undefined ? "" : `const ${names.replace("* as ", "")} = `}require(${from});`,
    );
    const path = join(folder, "alone/program");
    writeFileSync(`${path}.mjs`, program);
    writeFileSync(`${path}.cjs`, `(async () => {${required}})()`);
    for (const kind of ["mjs", "cjs"])
      execFileSync(process.execPath, [`${path}.${kind}`], { cwd: folder, stdio: "pipe" });
  });

  it("brings types of its own, and one copy of tfjs", () => {
    writeFileSync(
      join(folder, "typed.ts"),
      'import * as tf from "@tensorflow/tfjs";\nimport * as kolo from "kolo";\n' +
        "const adam: tf.AdamOptimizer = kolo.distributedOptimizer(tf.train.adam(1));\n" +
        "const sum: Promise<tf.Tensor> = kolo.allReduce(tf.scalar(1), { op: 'sum' });\n" +
        "// @ts-expect-error there is no such op\n" +
        "void kolo.allReduce(tf.scalar(1), { op: 'median' });\nvoid [adam, sum];\n",
    );
    const flags = ["--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "typed.ts"];
    execFileSync(join(folder, "node_modules/.bin/tsc"), flags, { cwd: folder, stdio: "inherit" });
    expect(existsSync(join(folder, "node_modules/kolo/node_modules/@tensorflow"))).toBe(false);
    expect(existsSync(join(folder, "node_modules/@kolo"))).toBe(false);
  });

  it("shares memory through koffi, and where that is missing says so once and goes on", async () => {
    const bin = join(folder, "node_modules/.bin/tsrun");
    const hello = (...flags: string[]) =>
      tsrun(["-np", "2", "--verbose", ...flags, "train.ts"], { bin, cwd: folder });
    copyFileSync(fixture("esm/hello.ts"), join(folder, "train.ts"));
    expect((await hello()).stderr).toContain("2 ranks share memory");
    expect((await hello("--transport", "grpc")).stderr).not.toContain("share memory");

    rmSync(join(folder, "node_modules/koffi"), { recursive: true });
    const { code, stdout, stderr } = await hello();
    expect({ code, lines: stdout.match(/hello/g) }).toEqual({ code: 0, lines: ["hello", "hello"] });
    expect(stderr.match(/do not share memory, so tensors go over gRPC.*koffi/g)).toHaveLength(1);
    const asked = await hello("--transport", "shm");
    expect(asked.code).toBe(1);
    expect(asked.stderr).toMatch(/\[transport_unavailable\] .*koffi does not load/);
  });
});
