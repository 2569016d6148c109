/** What ssh makes of hosts' names and of the user's configuration. */
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixture } from "../support/tsrun.js";
import { createHosts, type Hosts } from "./support/hosts.js";
import { runTsrun, startTsrun } from "./support/tsrun.js";

let hosts: Hosts;
beforeAll(async () => {
  hosts = await createHosts({ count: 2 });
});
afterAll(() => hosts.close());

const job = (...flags: string[]) => ["--quiet", "--backend", "cpu", ...flags];

it.each(["host-a,node1", "host-b,node2", "host-b,10.77.0.2"])(
  "one machine under two names is refused: %s",
  async (list) => {
    const flags = job("-H", list);
    const { code, stderr, left } = await runTsrun(hosts, hosts.host(0), [
      ...flags,
      fixture("faults.mts"),
      "throws",
    ]);
    expect(stderr).toMatch(/expected each host once, .*which are the same machine/);
    expect({ code, left }).toEqual({ code: 2, left: [] });
  },
);

it("tsrun's connection is not the master that the user's configuration asks for", async () => {
  const [a] = hosts.all;
  if (a === undefined) throw new Error("expected a host");
  const configuration = join(hosts.folder, "ssh_config");
  const socket = "/tmp/master";
  writeFileSync(
    configuration,
    `Include /etc/ssh/ssh_config\nHost *\n  ControlMaster auto\n  ControlPath ${socket}\n`,
  );
  const ranks = ["-H", "host-a,host-b", "--ssh-args", `-F ${configuration}`];
  const running = startTsrun(hosts, a, [...job(...ranks), fixture("faults.mts"), "runs"]);
  await running.printed("rank 1 is pid");
  expect((await a.exec("test", ["-S", socket])).code).toBe(1);
  running.kill("SIGTERM");
  expect(await running.done).toMatchObject({ code: 143, left: [] });
});
