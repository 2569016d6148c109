import { describe, expect, it } from "@jest/globals";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { backendPackages, backendRemedies } from "@kolo/core";
import { backendFindings } from "./backend-findings.js";
import { temporaryFolder } from "../testing/temporary-folder.js";

const { folder: root } = temporaryFolder();

function install(folder: string, ...packages: string[]): string {
  for (const name of packages) {
    mkdirSync(join(root, folder, "node_modules", name), { recursive: true });
    writeFileSync(join(root, folder, "node_modules", name, "package.json"), "{}");
  }
  return join(root, folder);
}

/** A script that does for each backend what is said here; the real one is in the end-to-end tests. */
function probe(name: string, deeds: Record<string, string>): string {
  const path = join(root, `${name}.cjs`);
  writeFileSync(path, `eval(${JSON.stringify(deeds)}[process.argv[2]])`);
  return path;
}

const says = (works: boolean, detail: string): string =>
  `console.log("the addon talks"); console.log(${JSON.stringify(JSON.stringify({ works, detail }))})`;
const all = Object.values(backendPackages);

describe("the backends of a folder", () => {
  it("are tried, and auto takes the best that works", async () => {
    const directory = install("all", ...all);
    const backendProbe = probe("well", {
      "tensorflow-gpu": says(false, "installed, but it finds no GPU"),
      tensorflow: says(true, "tfjs-node 4.22.0, TensorFlow 2.21.0, CPU"),
      wasm: `console.log('{"works":false,"detail":"two of them","remedy":"remove one"}')`,
    });
    const findings = await backendFindings({ directory, backendProbe });
    expect(findings.map(({ name, ok, detail }) => [name, ok, detail])).toEqual([
      ["backend auto", true, "takes tensorflow"],
      [
        "backend tensorflow-gpu",
        false,
        `installed, but it finds no GPU; ${backendRemedies["tensorflow-gpu"]}`,
      ],
      ["backend tensorflow", true, "tfjs-node 4.22.0, TensorFlow 2.21.0, CPU"],
      ["backend wasm", false, "two of them; remove one"],
      ["backend cpu", true, "plain JavaScript, slow"],
    ]);
  });

  it("may crash or say nothing", async () => {
    const directory = install("all", ...all);
    const backendProbe = probe("badly", {
      "tensorflow-gpu": "process.kill(process.pid, 'SIGILL'); setInterval(() => {}, 1e6)",
      tensorflow: "throw new Error('/lib/libtensorflow.so.2: wrong ELF class')",
      wasm: "",
    });
    const findings = await backendFindings({ directory, backendProbe });
    expect(findings.map(({ detail }) => detail.split(";")[0])).toEqual([
      "takes cpu",
      "installed, but its process was killed by SIGILL",
      "installed, but Error: /lib/libtensorflow.so.2: wrong ELF class",
      "installed, but its trial said nothing",
      "plain JavaScript, slow",
    ]);
  });

  it("are not tried where they are not installed", async () => {
    const directory = install("little", backendPackages.cpu, backendPackages["tensorflow-gpu"]);
    const backendProbe = probe("little", {
      "tensorflow-gpu": says(false, "installed, but no"),
      // Without its own package it is the other's.
      tensorflow: says(true, "tfjs-node-gpu"),
    });
    const findings = await backendFindings({ directory, backendProbe });
    expect(findings.map(({ ok }) => ok)).toEqual([true, false, true, false, true]);
    expect(findings[3]?.detail).toBe("not installed; npm install @tensorflow/tfjs-backend-wasm");
  });
});
