import { afterAll, describe, expect, it } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { launchOptions } from "../cli/launch-options.js";
import { parseArguments } from "../cli/parse-arguments.js";
import { expectBuilt } from "./not-built.js";
import { type HostPlan } from "./host-plan.js";
import { planHosts } from "./plan-hosts.js";
import { planText } from "./plan-text.js";

const directory = mkdtempSync(join(tmpdir(), "kolo-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});
const write = (text: string): void => {
  writeFileSync(join(directory, "hosts"), text);
};

function plan(...argv: string[]): Promise<HostPlan> {
  const invocation = parseArguments([...argv, "train.ts"]);
  const flags = invocation.kind === "launch" ? invocation.flags : new Map();
  return planHosts({ options: launchOptions(flags, new Map()), directory, user: {} });
}

describe("the plan of a job's hosts", () => {
  it("is this machine where none are given", async () => {
    expect(planText(await plan("-np", "3"))).toBe(
      `3 ranks on 1 host\n  ${hostname()}  ranks 0-2  this machine`,
    );
  });

  it("follows a hostfile", async () => {
    write("me@node1:2222 slots=4\nlocalhost:2\nnode3\n");
    expect(planText(await plan("--hostfile", "hosts"))).toBe(
      [
        "7 ranks on 3 hosts",
        "  me@node1:2222  ranks 0-3  over ssh",
        "  localhost      ranks 4-5  this machine",
        "  node3          rank 6     over ssh",
      ].join("\n"),
    );
    const two = await plan("-np", "2", "--hostfile", "hosts", "--map-by", "node");
    expect(two.map(({ host }) => host.host)).toEqual(["node1", "localhost"]);
    await expect(plan("-np", "8", "--hostfile", "hosts")).rejects.toThrow(
      "-np 8 needs 8 slots; hosts offers 7: node1 4 + localhost 2 + node3 1",
    );
    expect(await plan("-np", "8", "--hostfile", "hosts", "--oversubscribe")).toHaveLength(3);
  });

  it("counts this machine's slots=auto", async () => {
    const slots = async (...flags: string[]): Promise<number> => {
      const [first] = await plan("-H", "localhost:auto", ...flags);
      return first?.localSize ?? 0;
    };
    expect(await slots("--gpus", "none")).toBe(availableParallelism());
    expect(await slots("--backend", "wasm")).toBe(availableParallelism());
    expect(await slots("--gpus", "0,2,5")).toBe(3);
  });

  it("refuses what it cannot read, and this machine twice", async () => {
    await expect(plan("--hostfile", "nowhere")).rejects.toThrow(
      "--hostfile: cannot read nowhere: ENOENT",
    );
    write("a slots=x");
    await expect(plan("--hostfile", "hosts")).rejects.toThrow("hosts:1:3: expected slots=");
    await expect(plan("-H", `localhost:2,${hostname()}:2`)).rejects.toThrow(
      `--hosts: expected this machine once, got localhost in entry 1 and ${hostname()} in entry 2`,
    );
  });

  it("cannot be carried out yet where it needs ssh or an engine", async () => {
    expectBuilt({ launcher: "auto" }, await plan("-np", "2", "-H", "localhost:2,node2:2"));
    const wide = await plan("-H", "localhost:2,node2:2");
    expect(() => {
      expectBuilt({ launcher: "auto" }, wide);
    }).toThrow("[config_invalid] starting ranks on node2 needs ssh, and launching over ssh is not");
    await expect(plan("-H", "node2:auto")).rejects.toThrow("[config_invalid] slots=auto of node2");
    expect(() => {
      expectBuilt({ launcher: "slurm" }, wide);
    }).toThrow("[config_invalid] --launcher slurm");
  });
});
