/** tsrun in jobs of a real Slurm: agents by srun on the nodes that the job has. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixture, tsrunPath } from "../support/tsrun.js";
import type { HostCommand } from "./support/host.js";
import { createHosts, type Hosts } from "./support/hosts.js";
import { type CommandResult, startCommand } from "./support/running-command.js";
import { placedScript, resultOf } from "./support/placed.js";
import { type Slurm, startSlurm } from "./support/slurm.js";
import { runTsrun } from "./support/tsrun.js";

// sbatch --wait asks less and less often whether the job is over: its tests take longer than the job.
let hosts: Hosts;
let slurm: Slurm;
beforeAll(async () => {
  hosts = await createHosts({ count: 2 });
  slurm = await startSlurm(hosts);
});
afterAll(() => hosts.close());

interface Job extends CommandResult {
  /** What the batch script has printed. */
  readonly output: string;
}

const outputFile = () => join(hosts.folder, "job.out");

/** Submits a script. `done` resolves when the job is over, with its exit code. */
function submit(script: string): Omit<HostCommand, "done"> & { readonly done: Promise<Job> } {
  const args = ["--wait", "--output", outputFile()];
  const running = hosts.host(0).start("sbatch", args, { env: slurm.environment, input: script });
  const done = running.done.then((result) => ({
    ...result,
    output: readFileSync(outputFile(), "utf8"),
  }));
  return { ...running, done };
}

/** The batch script that tsrun prints for a script. */
async function batchScript(...args: string[]): Promise<string> {
  const flags = [
    "--launcher",
    "slurm",
    "-np",
    "4",
    "--nodes",
    "2",
    "--dry-run",
    "--backend",
    "cpu",
  ];
  const { code, stdout, stderr } = await runTsrun(hosts, hosts.host(0), [...flags, ...args]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

function scriptOf(code: string): string {
  const script = join(hosts.folder, "script.mjs");
  writeFileSync(script, code);
  return script;
}

async function nothingLeft(): Promise<void> {
  for (const host of hosts.all) {
    expect(await host.processesGone(10_000)).toEqual([]);
  }
}

const digests = (text: string): string[] =>
  [...text.matchAll(/"digest":"(\w+)"/g)].map(([, digest]) => digest ?? "");

describe("tsrun in a job of Slurm's", () => {
  it("trains on the nodes of a batch job, from the script that --dry-run prints", async () => {
    const { code, output } = await submit(await batchScript(fixture("hosts.mts"))).done;
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(digests(output)).toHaveLength(4);
    expect(new Set(digests(output)).size).toBe(1);
    expect(output).toContain("on host-a, node2");
    await nothingLeft();
  }, 150_000);

  it("trains likewise under salloc, where --launcher auto finds the nodes", async () => {
    const tsrun = [tsrunPath, "-np", "4", "--backend", "cpu", fixture("hosts.mts")];
    // A user's taste in srun's output is not for agents.
    const options = { env: { ...slurm.environment, SLURM_LABELIO: "1" } };
    const { code, stdout, stderr } = await hosts
      .host(0)
      .exec("salloc", ["--nodes=2", "--ntasks=4", "--ntasks-per-node=2", ...tsrun], options);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(digests(stdout)).toHaveLength(4);
    expect(new Set(digests(stdout)).size).toBe(1);
    await nothingLeft();
  });

  it("gives the job the exit code of the rank that failed, wherever it ran", async () => {
    const script = scriptOf(
      `if (process.env.KOLO_RANK === "3") process.exit(7); setInterval(() => {}, 1e6);`,
    );
    const { code, output } = await submit(await batchScript(script)).done;
    expect({ code, output }).toMatchObject({ code: 7 });
    await nothingLeft();
  });

  it("ends everywhere when the job is cancelled", async () => {
    const script = scriptOf(
      `console.log("started", process.env.KOLO_RANK); setInterval(() => {}, 1e6);`,
    );
    writeFileSync(outputFile(), "");
    const output = startCommand(["tail", "-F", outputFile()]);
    const job = submit(await batchScript(script));
    await Promise.all([0, 1, 2, 3].map((rank) => output.printed(`started ${rank}`)));
    output.child.kill();
    const id = /\d+/.exec(job.stdout())?.[0] ?? "";
    await hosts.host(0).exec("scancel", [id], { env: slurm.environment });
    expect((await job.done).code).not.toBe(0);
    await nothingLeft();
  });
});

describe("ranks that srun has started itself", () => {
  const startSrun = (...command: string[]) => {
    const args = ["-n", "4", "--export", `ALL,KOLO_SHARED_DIRECTORY=${hosts.folder}`, ...command];
    return hosts.host(0).start("srun", args, { env: slurm.environment });
  };
  const srun = (...command: string[]) => startSrun(...command).done;
  const endless = () => placedScript(hosts.folder, "console.log(`started ${kolo.rank()};`);");
  let abroad: string;
  beforeAll(async () => {
    const args = ["-H", "host-a:2,host-b:2", "--backend", "cpu", placedScript(hosts.folder)];
    const { stdout } = await runTsrun(hosts, hosts.host(0), args);
    abroad = resultOf(stdout, 4).digest;
  }, 120_000);

  it("sum what ranks of tsrun sum, on two hosts", async () => {
    const { code, stdout, stderr } = await srun("node", placedScript(hosts.folder));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(resultOf(stdout, 4)).toEqual({ digest: abroad, hosts: 2 });
    await nothingLeft();
  });

  it("are those of tsrun where srun starts that", async () => {
    const { code, stdout, stderr } = await srun(tsrunPath, placedScript(hosts.folder));
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(resultOf(stdout, 4)).toEqual({ digest: abroad, hosts: 2 });
    await nothingLeft();
    const contradiction = await srun(tsrunPath, "-np", "3", placedScript(hosts.folder));
    expect(contradiction.code).toBe(2);
    expect(contradiction.stderr).toContain("-np 3: expected -np 4, or none: srun has started 4");
  });

  it("end with the exit code of the one that failed, which the others name", async () => {
    const script = placedScript(hosts.folder, "if (kolo.rank() === 2) process.exit(7);");
    const { code, stderr } = await srun("node", script);
    expect(code).toBe(7);
    expect(stderr).toContain("[rank_failed] rank 2 exited with code 7");
    await nothingLeft();
  });

  it.each([["as usual"], ["by SIGKILL", "--signal=KILL"]])(
    "end everywhere when the job is cancelled, %s",
    async (_how, ...flags) => {
      const running = startSrun("--job-name=endless", "node", endless());
      await Promise.all([0, 1, 2, 3].map((rank) => running.printed(`started ${rank};`)));
      await hosts.host(0).exec("scancel", [...flags, "--name=endless"], { env: slurm.environment });
      expect((await running.done).code).not.toBe(0);
      await nothingLeft();
    },
  );

  // A minute is the least that there is, and Slurm does not look at once.
  it("end everywhere when the time of the job is over", async () => {
    const running = startSrun("--time=1", "node", endless());
    const { code, stderr } = await running.done;
    expect({ code, stderr }).toMatchObject({ stderr: expect.stringContaining("TIME LIMIT") });
    expect(code).not.toBe(0);
    await nothingLeft();
  }, 240_000);
});
