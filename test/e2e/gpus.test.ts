/** Real processes, and an nvidia-smi that lists what a test wants. */
import { afterAll, describe, expect, it } from "@jest/globals";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixture, tsrun, type TsrunResult } from "../support/tsrun.js";

const folder = mkdtempSync(join(tmpdir(), "kolo-gpus-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A folder for PATH that has node, and where there are GPUs, an nvidia-smi. */
function machine(gpus: number | undefined): string {
  const path = join(folder, `bin-${String(gpus)}`);
  mkdirSync(path, { recursive: true });
  rmSync(join(path, "node"), { force: true });
  symlinkSync(process.execPath, join(path, "node"));
  if (gpus === undefined) return path;
  const lines = Array.from(
    { length: gpus },
    (_, i) => `GPU ${i}: NVIDIA H200 (UUID: GPU-0000000${i})`,
  );
  const program = `#!/bin/sh\n[ "$1" = -L ] || exit 6\nprintf '%s' '${lines.join("\n")}'\n`;
  writeFileSync(join(path, "nvidia-smi"), program);
  chmodSync(join(path, "nvidia-smi"), 0o755);
  return path;
}

const names = ["CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "TF_FORCE_GPU_ALLOW_GROWTH"];

interface Job {
  readonly gpus?: number;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly script?: string;
}

function start(flags: string, { gpus, env, cwd, script }: Job = {}): Promise<TsrunResult> {
  const own = script ?? fixture("environment.mjs");
  const options = { env: { PATH: machine(gpus), ...env }, ...(cwd !== undefined && { cwd }) };
  return tsrun([...flags.split(" "), own, ...names], options);
}

/** What each rank was given, by rank. */
async function given(flags: string, job?: Job): Promise<Record<string, string | null>[]> {
  const { code, stdout, stderr } = await start(`${flags} --quiet`, job);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const lines = [...stdout.matchAll(/given (\d+) (.*)/g)].sort(
    ([, a], [, b]) => Number(a) - Number(b),
  );
  return lines.map(([, , json = ""]) => JSON.parse(json) as Record<string, string | null>);
}

const devices = async (flags: string, job?: Job): Promise<(string | null | undefined)[]> =>
  (await given(flags, job)).map((rank) => rank["CUDA_VISIBLE_DEVICES"]);

describe("GPUs", () => {
  it("are given out one a rank, before the rank starts", async () => {
    expect(await given("-np 3", { gpus: 4 })).toEqual(
      ["0", "1", "2"].map((device) => ({
        CUDA_VISIBLE_DEVICES: device,
        CUDA_DEVICE_ORDER: "PCI_BUS_ID",
        TF_FORCE_GPU_ALLOW_GROWTH: "true",
      })),
    );
  });

  it("are left alone where there is no nvidia-smi, or none is computed on", async () => {
    expect(await devices("-np 2")).toEqual([null, null]);
    expect(await devices("-np 2 --backend wasm", { gpus: 1 })).toEqual([null, null]);
    const env = { CUDA_VISIBLE_DEVICES: "5" };
    expect(await devices("-np 2 --backend cpu", { gpus: 8, env })).toEqual(["5", "5"]);
  });

  it("that cannot be listed are a warning where they were asked for", async () => {
    const { code, stdout, stderr } = await start("-np 2 --quiet --backend tensorflow-gpu");
    expect(code).toBe(0);
    expect(stdout.match(/"CUDA_VISIBLE_DEVICES":null/g)).toHaveLength(2);
    expect(stderr).toMatch(
      /^tsrun: warning: ranks are given no GPU of their own: nvidia-smi is not in PATH\. .*--gpus 0,1/,
    );
  });

  it("are those that CUDA_VISIBLE_DEVICES or --gpus say", async () => {
    const env = { CUDA_VISIBLE_DEVICES: "6,2,3" };
    expect(await devices("-np 2", { gpus: 8, env })).toEqual(["6", "2"]);
    expect(await devices("-np 2 -x CUDA_VISIBLE_DEVICES=4,5", { gpus: 8 })).toEqual(["4", "5"]);
    // As in a container, which need not have nvidia-smi.
    expect(await devices("-np 2", { env })).toEqual(["6", "2"]);
    expect(await devices("-np 2 --gpus 3,1", { gpus: 8, env })).toEqual(["3", "1"]);
    expect(await devices("-np 2 --gpus none", { gpus: 8, env })).toEqual(["-1", "-1"]);
  });

  it("are shared in turn with --gpus-share", async () => {
    expect(await devices("-np 3 --gpus 0,3 --gpus-share", { gpus: 4 })).toEqual(["0", "3", "0"]);
    expect(await devices("-np 3 --gpus-share", { gpus: 2 })).toEqual(["0", "1", "0"]);
  });

  it.each([
    [
      "-np 4 --backend tensorflow-gpu",
      "a GPU for each of 4 ranks, got 2 (nvidia-smi: 0,1), 2 too few",
    ],
    ["-np 3 --gpus 0,1", "a GPU for each of 3 ranks, got 2 (--gpus: 0,1), 1 too few"],
    ["-np 2 --gpus 0,7", "--gpus to name GPUs that nvidia-smi lists (0,1), got 7"],
  ])("that are too few are an error, and nothing starts: %s", async (flags, message) => {
    const { code, stdout, stderr } = await start(flags, { gpus: 2 });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`tsrun: [gpu_unavailable] expected ${message}`);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("that are too few matter to auto only where the program could use them", async () => {
    expect(await devices("-np 2", { gpus: 1 })).toEqual([null, null]);
    const project = join(folder, "project");
    const installed = join(project, "node_modules/@tensorflow/tfjs-node-gpu");
    mkdirSync(installed, { recursive: true });
    writeFileSync(join(installed, "package.json"), "{}");
    const { code, stderr } = await start("-np 2", { gpus: 1, cwd: project });
    expect(code).toBe(1);
    expect(stderr).toContain("start 1 (-np 1), let ranks share them (--gpus-share), or use none");
  });
});
