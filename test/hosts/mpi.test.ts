/** A real mpirun: starts tsrun's agents, where ssh would be called otherwise, and ranks by itself. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixture, tsrunPath } from "../support/tsrun.js";
import { createHosts, type Hosts } from "./support/hosts.js";
import { mpirunCommand } from "./support/open-mpi.js";
import { placedScript, resultOf } from "./support/placed.js";
import { requireForHosts } from "./support/requirements.js";
import { runTsrun, startTsrun } from "./support/tsrun.js";

let hosts: Hosts;
let hostfile: string;
beforeAll(async () => {
  requireForHosts(["mpirun"]);
  hosts = await createHosts({ count: 2 });
  hostfile = join(hosts.folder, "hosts");
  writeFileSync(hostfile, "host-a slots=2\nhost-b slots=2\n");
});
afterAll(() => hosts.close());

function scriptOf(code: string): string {
  const script = join(hosts.folder, "script.mjs");
  writeFileSync(script, code);
  return script;
}

const flags = () => ["--launcher", "mpi", "--hostfile", hostfile, "--backend", "cpu"];
const digests = (text: string): string[] =>
  [...text.matchAll(/"digest":"(\w+)"/g)].map(([, digest]) => digest ?? "");

describe("tsrun --launcher mpi", () => {
  it("trains on the hosts of a hostfile, as over ssh", async () => {
    const train = [fixture("hosts.mts")];
    // What a user's parameters make of output is not for agents.
    const env = { OMPI_MCA_orte_tag_output: "1" };
    const byMpirun = await runTsrun(hosts, hosts.host(0), [...flags(), ...train], { env });
    expect(byMpirun).toMatchObject({ code: 0, left: [] });
    const overSsh = await runTsrun(hosts, hosts.host(0), [
      ...["--hostfile", hostfile, "--backend", "cpu"],
      ...train,
    ]);
    expect(overSsh).toMatchObject({ code: 0, left: [] });
    expect(digests(byMpirun.stdout)).toHaveLength(4);
    expect(new Set([...digests(byMpirun.stdout), ...digests(overSsh.stdout)]).size).toBe(1);
  });

  it("exits with the code of the rank that failed, on whichever host, and leaves nothing", async () => {
    const script = scriptOf(
      `if (process.env.KOLO_RANK === "3") process.exit(7); setInterval(() => {}, 1e6);`,
    );
    const { code, stderr, left } = await runTsrun(hosts, hosts.host(0), [...flags(), script]);
    expect({ code, left }).toEqual({ code: 7, left: [] });
    expect(stderr).toContain("rank 3");
  });

  it("ends everywhere when it is told to, and when it is killed", async () => {
    const script = scriptOf("console.log('started'); setInterval(() => {}, 1000);");
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const args = ["-np", "4", ...flags(), script];
      const running = startTsrun(hosts, hosts.host(0), args, { graceMs: 8000 });
      await running.printed("[3] started");
      running.kill(signal);
      expect((await running.done).left).toEqual([]);
    }
  });

  it("says in mpirun's own words which host is not reached, and what was tried", async () => {
    const args = ["--launcher", "mpi", "-H", "host-a:1,nowhere:1", scriptOf("")];
    const { code, stderr } = await runTsrun(hosts, hosts.host(0), args);
    expect(code).toBe(1);
    expect(stderr).toContain("[host_unreachable] host nowhere: no agent there");
    expect(stderr).toContain("Could not resolve hostname nowhere");
    expect(stderr).toContain("command: mpirun --allow-run-as-root -np 1 --map-by ppr:1:node");
  });
});

describe("ranks that mpirun has started itself", () => {
  const mpirun = (np: number, slotsPerHost: number | undefined, ...command: string[]) => {
    const options = slotsPerHost === undefined ? { np } : { np, slotsPerHost };
    const [program, ...args] = mpirunCommand(hosts, options, command);
    return hosts.host(0).start(program, ["-x", `KOLO_SHARED_DIRECTORY=${hosts.folder}`, ...args]);
  };
  const nothingLeft = async () => {
    for (const host of hosts.all) expect(await host.processesGone(5000)).toEqual([]);
    const left = readdirSync(hosts.folder).filter((name) => name.startsWith(".kolo"));
    expect(left).toEqual([]);
  };
  let local: string;
  let abroad: string;
  beforeAll(async () => {
    const digest = async (...args: string[]) => {
      const all = [...args, "--backend", "cpu", placedScript(hosts.folder)];
      return resultOf((await runTsrun(hosts, hosts.host(0), all)).stdout, 4).digest;
    };
    local = await digest("-np", "4");
    // Sums are added in another order where there are two hosts.
    abroad = await digest("--hostfile", hostfile);
  }, 180_000);

  it("share memory and sum what a local job sums, on one host", async () => {
    const { code, stdout, stderr } = await mpirun(4, undefined, "node", placedScript(hosts.folder))
      .done;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(resultOf(stdout, 4)).toEqual({ digest: local, hosts: 1 });
    await nothingLeft();
  });

  it("sum the same on two hosts, over TLS", async () => {
    const running = mpirun(4, 2, "env", "KOLO_LOG_LEVEL=debug", "node", placedScript(hosts.folder));
    const { code, stdout, stderr } = await running.done;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(resultOf(stdout, 4)).toEqual({ digest: abroad, hosts: 2 });
    expect(stderr).toContain("with mutual TLS");
    await nothingLeft();
  });

  it("are those of tsrun where mpirun starts that", async () => {
    const args = [
      "--backend",
      "cpu",
      "--shared-directory",
      hosts.folder,
      placedScript(hosts.folder),
    ];
    const { code, stdout, stderr } = await mpirun(4, 2, tsrunPath, ...args).done;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(resultOf(stdout, 4)).toEqual({ digest: abroad, hosts: 2 });
    await nothingLeft();
  });

  it.each([0, 3])(
    "give mpirun the exit code of rank %i, which failed, and leave nothing",
    async (rank) => {
      const script = placedScript(hosts.folder, `if (kolo.rank() === ${rank}) process.exit(7);`);
      const { code } = await mpirun(4, 2, "node", script).done;
      expect(code).toBe(7);
      await nothingLeft();
    },
  );
});
