/** tsrun whose agents a real mpirun starts, where ssh would be called otherwise. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixture } from "../support/tsrun.js";
import { createHosts, type Hosts } from "./support/hosts.js";
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
