/** Slurm and Open MPI on the test hosts: what tsrun will be started by, as they are. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createHosts, type Hosts } from "./support/hosts.js";
import { mpirunCommand } from "./support/open-mpi.js";
import { type Slurm, srun, startSlurm } from "./support/slurm.js";
import { succeeded } from "./support/running-command.js";

let hosts: Hosts;
beforeAll(async () => {
  hosts = await createHosts({ count: 2 });
});
afterAll(() => hosts.close());

const lines = (text: string) => text.trim().split("\n").sort();
const variables = (...names: string[]) => `echo ${names.map((name) => `$${name}`).join(" ")}`;

describe("Slurm", () => {
  let slurm: Slurm;
  beforeAll(async () => {
    slurm = await startSlurm(hosts);
  });

  it("starts tasks on all hosts", async () => {
    expect(lines(await srun(hosts, slurm, ["-n", "4", "hostname"]))).toEqual([
      "host-a",
      "host-a",
      "host-b",
      "host-b",
    ]);
  });

  it("tells each task where it is among all", async () => {
    const told = variables(
      "SLURM_PROCID",
      "SLURM_NTASKS",
      "SLURM_LOCALID",
      "SLURM_NODEID",
      "SLURM_NNODES",
      "SLURM_TASKS_PER_NODE",
      "SLURM_JOB_NODELIST",
      "SLURMD_NODENAME",
    );
    expect(lines(await srun(hosts, slurm, ["-n", "4", "bash", "-c", told]))).toEqual([
      "0 4 0 0 2 2(x2) node[1-2] node1",
      "1 4 1 0 2 2(x2) node[1-2] node1",
      "2 4 0 1 2 2(x2) node[1-2] node2",
      "3 4 1 1 2 2(x2) node[1-2] node2",
    ]);
    const uneven = await srun(hosts, slurm, ["-n", "3", "bash", "-c", told]);
    expect(lines(uneven)[2]).toBe("2 3 0 1 2 2,1 node[1-2] node2");
  });

  it("hands standard input to every task with --input=all, to its end", async () => {
    const script = 'echo "$SLURM_PROCID got $(cat)"';
    const args = ["-n", "4", "--input=all", "bash", "-c", script];
    expect(lines(await srun(hosts, slurm, args, "a secret\n"))).toEqual(
      [0, 1, 2, 3].map((rank) => `${rank} got a secret`),
    );
  });

  it("runs a batch script, whose srun starts the tasks", async () => {
    const script = "#!/bin/bash\n#SBATCH --ntasks=4\nsrun bash -c 'echo task $SLURM_PROCID'\n";
    const output = `${hosts.folder}/batch.out`;
    const options = { env: slurm.environment, input: script };
    await succeeded(
      "sbatch",
      hosts.host(0).exec("sbatch", ["--wait", "--output", output], options),
    );
    expect(lines(await succeeded("cat", hosts.host(0).exec("cat", [output])))).toEqual(
      [0, 1, 2, 3].map((rank) => `task ${rank}`),
    );
  });

  it("exits with the largest exit code of the tasks", async () => {
    const args = ["-n", "2", "bash", "-c", "exit $((3 + SLURM_PROCID))"];
    const { code } = await hosts.host(0).exec("srun", args, { env: slurm.environment });
    expect(code).toBe(4);
  });
});

describe("Open MPI", () => {
  const told = variables(
    "OMPI_COMM_WORLD_RANK",
    "OMPI_COMM_WORLD_SIZE",
    "OMPI_COMM_WORLD_LOCAL_RANK",
    "OMPI_COMM_WORLD_LOCAL_SIZE",
    "HOSTNAME",
  );
  const mpirun = (options: Parameters<typeof mpirunCommand>[1], script: string) => {
    const [program, ...args] = mpirunCommand(hosts, options, ["bash", "-c", script]);
    return hosts.host(0).exec(program, args);
  };

  it("starts ranks on one host, and tells each which it is", async () => {
    expect(lines(await succeeded("mpirun", mpirun({ np: 4 }, told)))).toEqual(
      [0, 1, 2, 3].map((rank) => `${rank} 4 ${rank} 4 host-a`),
    );
  });

  it("starts ranks on several hosts by ssh", async () => {
    const output = await succeeded("mpirun", mpirun({ np: 4, slotsPerHost: 2 }, told));
    expect(lines(output)).toEqual([
      "0 4 0 2 host-a",
      "1 4 1 2 host-a",
      "2 4 0 2 host-b",
      "3 4 1 2 host-b",
    ]);
    expect(await hosts.host(1).processesGone(5000)).toEqual([]);
  });

  it("ends the ranks that are left, with the exit code of the one that failed", async () => {
    const script = "[[ $OMPI_COMM_WORLD_RANK == 3 ]] && exit 7; sleep 1000";
    expect((await mpirun({ np: 4, slotsPerHost: 2 }, script)).code).toBe(7);
    for (const host of hosts.all) expect(await host.processesGone(5000)).toEqual([]);
  });
});
