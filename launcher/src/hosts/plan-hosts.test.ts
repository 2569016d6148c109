import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type Environment } from "@kolo/core";
import { writeFileSync } from "node:fs";
import { availableParallelism, hostname } from "node:os";
import { join } from "node:path";
import { launchOptions } from "../cli/launch-options.js";
import { parseArguments } from "../cli/parse-arguments.js";
import { type HostPlan } from "./host-plan.js";
import { planHosts } from "./plan-hosts.js";
import { planText } from "./plan-text.js";
import { temporaryFolder } from "../testing/temporary-folder.js";

const { folder: directory } = temporaryFolder();

const write = (text: string): void => {
  writeFileSync(join(directory, "hosts"), text);
};

let environment: Environment = {};
/** What other hosts say that `slots=auto` is, and which were asked together. */
let slotsThere: Readonly<Record<string, number>> = {};
let asked: string[][] = [];
function plan(...argv: string[]): Promise<HostPlan> {
  const invocation = parseArguments([...argv, "train.ts"]);
  const flags = invocation.kind === "launch" ? invocation.flags : new Map();
  return planHosts({
    ...{ options: launchOptions(flags, new Map()), directory, environment, user: {} },
    countSlots: (hosts) => {
      asked.push(hosts.map(({ host }) => host));
      return Promise.resolve(hosts.map(({ host }) => slotsThere[host] ?? NaN));
    },
  });
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

  it("asks all other hosts of slots=auto together, and none else", async () => {
    [slotsThere, asked] = [{ node1: 2, node3: 8 }, []];
    write("node1 slots=auto\nnode2 slots=3\nnode3 slots=auto max_slots=4\n");
    const sizes = async (...flags: string[]) =>
      (await plan("--hostfile", "hosts", ...flags)).map(({ host, localSize }) => [
        host.host,
        localSize,
      ]);
    expect(await sizes()).toEqual([
      ["node1", 2],
      ["node2", 3],
      ["node3", 4],
    ]);
    expect(asked).toEqual([["node1", "node3"]]);
    expect(await sizes("-np", "2", "--map-by", "node")).toEqual([
      ["node1", 1],
      ["node2", 1],
    ]);
    await expect(sizes("-np", "10")).rejects.toThrow(
      "-np 10 needs 10 slots; hosts offers 9: node1 2 + node2 3 + node3 4; start fewer",
    );
    asked = [];
    await plan("-H", "node2:3,localhost:auto");
    expect(asked).toEqual([]);
  });

  describe("in a job of Slurm's", () => {
    const job = {
      ...{ SLURM_JOB_ID: "42", SLURM_JOB_NODELIST: "node[1-3]", SLURM_TASKS_PER_NODE: "2(x2),1" },
      ...{ SLURMD_NODENAME: "node1", SLURM_PROCID: "0" },
    };
    beforeEach(() => {
      environment = job;
    });
    afterEach(() => {
      environment = {};
    });

    it("is its nodes and tasks, by srun", async () => {
      const whole = [
        "5 ranks on 3 hosts",
        "  node1  ranks 0-1  this machine",
        "  node2  ranks 2-3  by srun",
        "  node3  rank 4     by srun",
      ].join("\n");
      expect(planText(await plan("--launcher", "slurm"))).toBe(whole);
      expect(planText(await plan("-np", "5"))).toBe(whole);
      const [first, ...more] = await plan("--launcher", "slurm", "-np", "2");
      expect([first?.localSize, more]).toEqual([2, []]);
      await expect(plan("-np", "6")).rejects.toThrow(
        "-np 6 needs 6 slots; Slurm's job 42 offers 5: node1 2 + node2 2 + node3 1",
      );
    });

    it("is what the user says else: hosts, or --launcher ssh", async () => {
      const hosts = async (...flags: string[]) => (await plan(...flags)).map(({ host }) => host);
      expect(await hosts("-H", "a:2")).toMatchObject([{ host: "a", reach: "ssh" }]);
      expect(await hosts("-np", "7", "--launcher", "ssh")).toMatchObject([{ isLocal: true }]);
    });

    it("is this machine where there is one node and nobody asks for Slurm", async () => {
      environment = { ...job, SLURM_JOB_NODELIST: "node1", SLURM_TASKS_PER_NODE: "1" };
      expect(await plan("-np", "4")).toMatchObject([{ localSize: 4, host: { isLocal: true } }]);
      expect(await plan("--launcher", "slurm")).toMatchObject([{ localSize: 1 }]);
    });

    it("refuses what a job that has begun cannot be asked for", async () => {
      expect(await plan("--launcher", "slurm", "--nodes", "3")).toHaveLength(3);
      await expect(plan("--launcher", "slurm", "--nodes", "2")).rejects.toThrow(
        "--nodes 2: Slurm's job 42 has 3 already",
      );
      await expect(plan("--launcher", "slurm", "--slurm-args", "-p gpu")).rejects.toThrow(
        "--slurm-args: expected none in Slurm's job 42, which has begun",
      );
    });

    it("is refused where there is none, or it contradicts itself", async () => {
      environment = { ...job, SLURM_TASKS_PER_NODE: "2" };
      await expect(plan("-np", "2")).rejects.toThrow(
        "expected SLURM_TASKS_PER_NODE to say 3 hosts, as node[1-3] does, got 1",
      );
      environment = {};
      await expect(plan("--launcher", "slurm")).rejects.toThrow(
        "[config_invalid] --launcher slurm: expected a batch script or the shell of salloc",
      );
    });
  });

  describe("with --launcher mpi", () => {
    afterEach(() => {
      environment = {};
    });

    it("is a hostfile's hosts, by mpirun", async () => {
      write("node1 slots=2\nlocalhost:2\n");
      expect(planText(await plan("--launcher", "mpi", "--hostfile", "hosts"))).toBe(
        [
          "4 ranks on 2 hosts",
          "  node1      ranks 0-1  by mpirun",
          "  localhost  ranks 2-3  this machine",
        ].join("\n"),
      );
    });

    it("is what a batch system has given, with --launcher auto too where that is several hosts", async () => {
      write(`node1\n${hostname()}\nnode1\n`);
      environment = { PBS_NODEFILE: join(directory, "hosts") };
      const whole = [
        [2, "mpirun", false],
        [1, "mpirun", true],
      ];
      for (const flags of [
        ["--launcher", "mpi"],
        ["-np", "3"],
      ]) {
        const places = await plan(...flags);
        expect(places.map(({ localSize, host }) => [localSize, host.reach, host.isLocal])).toEqual(
          whole,
        );
      }
      environment = { SLURM_JOB_ID: "42", SLURM_JOB_NODELIST: "node[1-2]" };
      const bySlurm = await plan("--launcher", "mpi");
      expect(bySlurm.map(({ host }) => host.reach)).toEqual(["mpirun", "mpirun"]);
    });

    it("is refused without hosts, and with a user or a port", async () => {
      await expect(plan("--launcher", "mpi")).rejects.toThrow(
        "--launcher mpi: expected --hostfile or --hosts, or a job of Slurm's",
      );
      await expect(plan("--launcher", "mpi", "-H", "me@node1:2")).rejects.toThrow(
        "expected a host without user and port with --launcher mpi, got me@node1 in entry 1",
      );
    });
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
});
