import { describe, expect, it } from "@jest/globals";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkMachine, nodeFinding, sharedMemoryFinding, tfjsFinding } from "./check-machine.js";
import { runProbe } from "./run-probe.js";
import { allRequired, table } from "./table.js";
import { temporaryFolder } from "../testing/temporary-folder.js";

const { folder } = temporaryFolder();

const inside = join(folder, "src", "deep");
mkdirSync(inside, { recursive: true });

function install(name: string, version: string): string {
  const directory = join(folder, "node_modules", name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "package.json"), JSON.stringify({ name, version }));
  return directory;
}

describe("tsrun check", () => {
  it("knows which Node will do", () => {
    expect(nodeFinding("20.11.0").ok).toBe(true);
    expect(nodeFinding("24.1.0").ok).toBe(true);
    expect(nodeFinding("20.10.0")).toMatchObject({ ok: false, required: true });
  });

  it("says what is missing and what to do", async () => {
    const { text, ok } = await checkMachine({
      directory: inside,
      backendProbe: "/nowhere/probe.js",
      version: "1.2.3",
    });
    expect(ok).toBe(false);
    expect(text).toMatch(/^kolo +yes {2}1\.2\.3$/m);
    expect(text).toMatch(/^tfjs +no {3}not found from .*; npm install @tensorflow\/tfjs$/m);
    expect(text).toMatch(/^backend auto +no {3}nothing works, not even cpu$/m);
    expect(text).toMatch(/^backend tensorflow +no {3}not installed; npx kolo-build-tfjs-node /m);
    expect(text).toMatch(/^cores +yes/m);
  });

  it("finds tfjs from the folder of the user, and wants version 4", () => {
    const directory = install("@tensorflow/tfjs", "4.22.0");
    expect(tfjsFinding(inside)).toMatchObject({ ok: true, detail: `4.22.0 in ${directory}` });
    install("@tensorflow/tfjs", "3.9.0");
    expect(tfjsFinding(inside)).toMatchObject({ ok: false, required: true });
  });

  it("gives the reason where there is no shared memory", () => {
    expect(sharedMemoryFinding()).toMatchObject({ ok: true });
    const refuse = (): never => {
      throw new Error("no koffi");
    };
    expect(sharedMemoryFinding(refuse)).toMatchObject({
      ok: false,
      required: false,
      detail: "no koffi; ranks will talk over gRPC, which is slower",
    });
  });

  it("fails only for what is required", () => {
    const missing = { name: "ssh", ok: false, detail: "not in PATH", required: false };
    expect(allRequired([missing])).toBe(true);
    expect(allRequired([{ ...missing, required: true }])).toBe(false);
    expect(table([missing, { ...missing, name: "longer", ok: true }])).toBe(
      "ssh     no   not in PATH\nlonger  yes  not in PATH",
    );
  });
});

describe("runProbe", () => {
  it("tells what a program says, or why it says nothing", async () => {
    expect(await runProbe("node", ["-e", "console.error('x')"])).toEqual({ ok: true, output: "x" });
    expect(await runProbe("no-such-program", [])).toEqual({
      ok: false,
      reason: "no-such-program is not in PATH",
    });
    expect(await runProbe("node", ["-e", "console.log('why'); process.exit(1)"])).toEqual({
      ok: false,
      reason: "why",
    });
    const dies = (code: string, options = {}) => runProbe("node", ["-e", code], options);
    expect(await dies("process.kill(process.pid, 'SIGSEGV'); setInterval(() => {}, 1e6)")).toEqual({
      ok: false,
      reason: "node was killed by SIGSEGV",
    });
    expect(await dies("throw new TypeError('no')")).toEqual({ ok: false, reason: "TypeError: no" });
    expect(await dies("setInterval(() => {}, 1e6)", { timeoutMs: 200 })).toEqual({
      ok: false,
      reason: "node did not answer",
    });
  });
});
