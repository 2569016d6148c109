import { expect, it } from "@jest/globals";
import "@tensorflow/tfjs-backend-wasm";
import { registerTrainingKernels } from "@kolo/wasm-kernels";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const folder = dirname(dirname(require.resolve("@kolo/wasm-kernels")));
const readme = readFileSync(join(folder, "README.md"), "utf8");

it("runs the program in the README of wasm-kernels as it is printed there", () => {
  const [, program = ""] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(program).toContain("registerTrainingKernels()");
  // Beside the compiled test, where imports resolve as they do here.
  const beside = mkdtempSync(join(__dirname, "readme-"));
  try {
    const path = join(beside, "program.mjs");
    writeFileSync(path, program);
    execFileSync(process.execPath, [path], { stdio: "pipe", timeout: 50_000 });
  } finally {
    rmSync(beside, { recursive: true });
  }
});

it("names every kernel in that README", () => {
  const unnamed = registerTrainingKernels().filter((name) => !readme.includes(`\`${name}\``));
  expect(unnamed).toEqual([]);
});
