/** Which backend a program gets, in a project of its own: with tfjs-node as npm brings it, unbuilt. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixture, root, tsrun, type TsrunResult } from "../support/tsrun.js";

const folder = mkdtempSync(join(tmpdir(), "kolo-backend-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A project with this checkout's kolo and tfjs, and a script that says hello. */
function project(name: string): string {
  const own = join(folder, name);
  mkdirSync(join(own, "node_modules/@tensorflow"), { recursive: true });
  symlinkSync(join(root, "packages/kolo"), join(own, "node_modules/kolo"));
  copyFileSync(fixture("esm/hello.js"), join(own, "hello.mjs"));
  share(own);
  return own;
}

function share(own: string): void {
  const brought = ["tfjs", "tfjs-core", "tfjs-backend-cpu", "tfjs-backend-wasm"];
  for (const name of brought) {
    const link = join(own, "node_modules/@tensorflow", name);
    rmSync(link, { recursive: true, force: true });
    symlinkSync(join(root, "node_modules/@tensorflow", name), link);
  }
}

const hello = (own: string, ...flags: string[]): Promise<TsrunResult> =>
  tsrun(["-np", "2", ...flags, join(own, "hello.mjs")], { cwd: own });
const backendLines = ({ stderr }: TsrunResult): string[] => stderr.match(/^.*backend .*$/gm) ?? [];

describe("the backend of a program", () => {
  const plain = project("plain");
  const unbuilt = project("unbuilt");

  beforeAll(() => {
    rmSync(join(unbuilt, "node_modules/kolo"));
    const flags = [
      "--ignore-scripts",
      "--no-save",
      "--no-audit",
      "--no-fund",
      "--loglevel",
      "error",
    ];
    execFileSync("npm", ["install", ...flags, "@tensorflow/tfjs-node@4.22.0"], {
      cwd: unbuilt,
      // npm hands its own settings to what it runs; this npm is not to know of that one.
      env: Object.fromEntries(
        Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")),
      ),
    });
    symlinkSync(join(root, "packages/kolo"), join(unbuilt, "node_modules/kolo"));
    share(unbuilt);
  }, 120_000);

  it("is told in one line of rank 0, with why no better one", async () => {
    const result = await hello(plain);
    expect(result.code).toBe(0);
    expect(backendLines(result)).toEqual([
      expect.stringMatching(
        /^\[kolo\] backend wasm: @tensorflow\/tfjs-backend-wasm 4\S+ \(tensorflow-gpu, tensorflow: not installed\)$/,
      ),
    ]);
    expect(backendLines(await hello(plain, "--quiet"))).toEqual([]);
    expect(backendLines(await hello(plain, "--backend", "cpu"))).toEqual([]);
  });

  it("is what init() says, with a word where tsrun was told otherwise", async () => {
    const flags = ["--backend", "wasm", "--seed", "8"];
    const script = join(plain, "overruling.mjs");
    writeFileSync(
      script,
      'import * as kolo from "kolo";\nimport * as tf from "@tensorflow/tfjs";\n' +
        'await kolo.init({ backend: "cpu", seed: 7 });\n' +
        "if (kolo.rank() === 0) console.log(tf.getBackend());\nawait kolo.shutdown();\n",
    );
    const { code, stdout, stderr } = await tsrun(["-np", "2", ...flags, script], { cwd: plain });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "cpu\n" });
    expect(stderr.match(/^\[kolo\] .*$/gm)).toEqual([
      '[kolo] init({ backend: "cpu" }) counts, not --backend wasm',
      "[kolo] init({ seed: 7 }) counts, not --seed 8",
    ]);
  });

  it("goes on without tfjs-node where its addon does not load", async () => {
    const result = await hello(unbuilt);
    expect(result.code).toBe(0);
    expect(result.stdout.match(/hello/g)).toHaveLength(2);
    expect(backendLines(result)).toEqual([
      expect.stringMatching(
        /backend wasm: .* \(tensorflow-gpu: not installed; tensorflow: installed, but its addon does not load: The Node\.js native addon module \(tfjs_binding\.node\) can not be found/,
      ),
    ]);
    // Neither half a TensorFlow nor its kernels are left behind.
    expect(result.stderr).not.toMatch(/registered|warn/i);
  });

  it.each([
    ["plain", "tensorflow", "not installed. npx kolo-build-tfjs-node builds"],
    ["plain", "tensorflow-gpu", "not installed. npx kolo-build-tfjs-node --gpu builds"],
    ["unbuilt", "tensorflow", "installed, but its addon does not load: The Node.js native addon"],
  ])(
    "that was asked for by name and cannot be had ends the job: %s, %s",
    async (own, name, why) => {
      const { code, stdout, stderr } = await hello(join(folder, own), "--backend", name);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(
        /^tsrun: rank \d .*\[backend_unavailable\] expected the backend tensorflow/m,
      );
      expect(stderr).toContain(why);
    },
  );

  it("is what tsrun check says that auto takes", async () => {
    const { code, stdout } = await tsrun(["check"], { cwd: unbuilt });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^backend auto +yes +takes wasm$/m);
    expect(stdout).toMatch(/^backend tensorflow-gpu +no +not installed; npx kolo-build-tfjs-node/m);
    expect(stdout).toMatch(
      /^backend tensorflow +no +installed, but its addon does not load: .*; npx/m,
    );
    expect(stdout).toMatch(/^backend wasm +yes +@tensorflow\/tfjs-backend-wasm 4/m);
    expect(stdout).toMatch(/^backend cpu +yes/m);
  });
});
