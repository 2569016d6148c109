import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildScript } from "./built-addon.js";

const shell = (command: string): string =>
  execFileSync("sh", ["-c", command], { encoding: "utf8" }).trim();

describe("building tfjs-node", () => {
  const folder = mkdtempSync(join(tmpdir(), "kolo-build-"));
  const project = join(folder, "project");
  const bin = join(folder, "bin");

  /** A program of the PATH that the build gets. */
  const provide = (name: string, program: string): void => {
    writeFileSync(join(bin, name), program);
    chmodSync(join(bin, name), 0o755);
  };

  const build = (args: readonly string[], env: Record<string, string>) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [buildScript, "--project", project, "--cache", join(folder, "cache"), ...args],
      { cwd: folder, encoding: "utf8", env: { HOME: folder, ...env } },
    );
    // A failure leaves nothing half made behind, and is never a stack.
    expect(existsSync(join(project, "node_modules/@tensorflow/tfjs-node"))).toBe(false);
    expect(existsSync(join(project, "node_modules/.kolo-build-tfjs-node"))).toBe(false);
    expect(stderr).not.toMatch(/^ +at /m);
    return { status, output: stdout + stderr };
  };

  beforeAll(() => {
    mkdirSync(join(project, "node_modules/@tensorflow/tfjs"), { recursive: true });
    mkdirSync(bin);
    writeFileSync(
      join(project, "node_modules/@tensorflow/tfjs/package.json"),
      '{ "name": "@tensorflow/tfjs", "version": "4.22.0" }',
    );
    symlinkSync(shell("command -v tar"), join(bin, "tar"));
    symlinkSync(process.execPath, join(bin, "node"));
    symlinkSync(shell("readlink -f $(command -v npm)"), join(bin, "npm"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("names all that is missing at once, and how to install it", () => {
    const { status, output } = build([], { PATH: "" });
    expect(status).toBe(1);
    expect(output).toMatch(/npm: .*\n.*Python 3 with pip: .*\n.*a C\+\+ compiler: .*\n.*tar: /);
    expect(output).toContain("apt-get install g++");
    expect(output).toContain("kolo goes on with the backend wasm");
  });

  it("wants a compiler, before anything is downloaded", () => {
    const python = shell("python3 -c 'import sys; print(sys.executable)'");
    const { status, output } = build([], { PATH: bin, PYTHON: python });
    expect(status).toBe(1);
    expect(output).toContain("a C++ compiler");
    expect(output).not.toMatch(/pip:|npm:|fetching/);
  });

  it("wants pip, where there is a Python without it", () => {
    provide("g++", "#!/bin/sh\necho 'g++ 12'\n");
    provide("python3", "#!/bin/sh\necho 'No module named pip' >&2\nexit 1\n");
    const { status, output } = build([], { PATH: bin });
    expect(status).toBe(1);
    expect(output).toContain("Python 3 with pip: apt-get install python3-pip");
    expect(output).not.toMatch(/compiler:|npm:|fetching/);
  });

  it("says which package npm could not fetch, and asks npm where yarn runs it", () => {
    provide("python3", "#!/bin/sh\necho 'pip 23.2.1 from somewhere'\n");
    provide(
      "yarn.js",
      "console.log('yarn was asked'); process.exit(process.argv[2] !== '--version')",
    );
    const { status, output } = build([], {
      PATH: bin,
      npm_execpath: join(bin, "yarn.js"),
      npm_config_registry: "http://127.0.0.1:9/",
      npm_config_fetch_retries: "0",
    });
    expect(status).toBe(1);
    expect(output).toContain("expected npm to fetch @tensorflow/tfjs-node@4.22.0");
    expect(output).not.toContain("yarn was asked");
  });

  it("wants a cache that it can write to, and clears it of what killed runs left there", () => {
    provide("python3", "#!/bin/sh\necho 'pip 23.2.1 from somewhere'\n");
    writeFileSync(join(folder, "file"), "");
    const { status, output } = build(["--cache", join(folder, "file")], { PATH: bin });
    expect(status).toBe(1);
    expect(output).toMatch(/expected to write to the cache .*file, got ENOTDIR: .*--cache/);
    expect(output).not.toContain("fetching");

    const { pid } = spawnSync(process.execPath, ["--version"]);
    const wheels = join(folder, "cache/wheels");
    for (const name of [`a-1.0-x86_64.${pid}`, `a-1.0-x86_64.${process.pid}`, "b-2.0-x86_64"])
      mkdirSync(join(wheels, name), { recursive: true });
    build([], {
      PATH: bin,
      npm_config_registry: "http://127.0.0.1:9/",
      npm_config_fetch_retries: "0",
    });
    expect(readdirSync(wheels).sort()).toEqual([`a-1.0-x86_64.${process.pid}`, "b-2.0-x86_64"]);
  });

  it("says in a line what is wrong with a file", () => {
    const odd = join(folder, "odd");
    mkdirSync(join(odd, "node_modules/@tensorflow/tfjs/package.json"), { recursive: true });
    const { status, output } = build(["--project", odd], { PATH: bin });
    expect(status).toBe(1);
    expect(output).toMatch(
      /^kolo-build-tfjs-node: expected .* project and the cache, got EISDIR: /,
    );
  });

  it("wants a project with tfjs", () => {
    const { status, output } = build(["--project", folder], { PATH: bin });
    expect(status).toBe(1);
    expect(output).toContain(`expected @tensorflow/tfjs to be installed in ${folder}`);
  });

  it.each([
    [["--gpus"], "Unknown option '--gpus'"],
    [["--no-cuda"], "expected --no-cuda together with --gpu"],
    [["--tensorflow", "newest"], 'got "newest"'],
  ])("refuses %j", (args, message) => {
    const { status, output } = build(args, { PATH: bin });
    expect(status).toBe(1);
    expect(output).toContain(message);
  });

  it("unpacks nothing that is not what the wheel's RECORD says", () => {
    const wheel = join(folder, "changed-1.0-py3-none-any.whl");
    shell(`python3 -c '
import zipfile
with zipfile.ZipFile("${wheel}", "w") as wheel:
    wheel.writestr("tensorflow/lib.so", "changed")
    wheel.writestr("changed-1.0.dist-info/RECORD", "tensorflow/lib.so,sha256=AAAA,7\\n")
'`);
    const extract = join(buildScript, "../build-tfjs-node/extract-wheel.py");
    const { status, stderr } = spawnSync(
      "python3",
      [extract, wheel, "tensorflow/", join(folder, "out")],
      { encoding: "utf8" },
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/expected tensorflow\/lib.so to have sha256=AAAA, got sha256=/);
  });
});
