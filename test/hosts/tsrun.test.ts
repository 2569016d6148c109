/** tsrun inside one test host: that it runs there as it does outside. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/tsrun.js";
import { createHosts, type Hosts } from "./support/hosts.js";
import { nodeWrapper, pretendVersion, runTsrun, startTsrun } from "./support/tsrun.js";

let hosts: Hosts;
beforeAll(async () => {
  hosts = await createHosts({ count: 2 });
});
afterAll(() => hosts.close());

it("runs ranks in the host, which share its memory", async () => {
  const example = join(root, "examples/collectives.ts");
  const { code, stdout, stderr, left } = await runTsrun(hosts, hosts.host(0), [
    "-np",
    "2",
    example,
  ]);
  expect(stdout + stderr).toContain("allReduce, average");
  expect({ code, left }).toEqual({ code: 0, left: [] });
});

it("ends its ranks when it is told to, and when it is killed", async () => {
  const script = join(hosts.folder, "waits.mjs");
  writeFileSync(script, "console.log('started'); setInterval(() => {}, 1000);");
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const running = startTsrun(hosts, hosts.host(1), ["-np", "2", script]);
    await running.printed("started");
    running.kill(signal);
    expect((await running.done).left).toEqual([]);
  }
});

describe("slots=auto", () => {
  const oneCore = () => nodeWrapper(hosts, "one-core", "taskset -c 0 node");

  it("is the cores of another host, which is logged in to once, and starts as many ranks", async () => {
    const b = hosts.host(1);
    await b.sshd.start();
    const example = join(root, "examples/collectives.ts");
    const { code, stdout, stderr, left } = await runTsrun(hosts, hosts.host(0), [
      ...["-H", "host-a,host-b:auto", "--node-path", oneCore(), "--backend", "cpu", example],
    ]);
    expect(stdout + stderr).toMatch(/2 ranks of collectives\.ts on host-a, host-b/);
    expect(b.sshd.log().match(/Accepted publickey/g)).toHaveLength(1);
    expect({ code, left }).toEqual({ code: 0, left: [] });
  });

  it("is its GPUs where it has some, and --dry-run asks for them", async () => {
    const b = hosts.host(1);
    await b.sshd.start({ environment: { CUDA_VISIBLE_DEVICES: "0,1,2" } });
    const file = join(hosts.folder, "hosts");
    writeFileSync(file, "host-a slots=1\nhost-b slots=auto\n");
    const dry = (...flags: string[]) =>
      runTsrun(hosts, hosts.host(0), [
        ...["--hostfile", file, "--dry-run", ...flags, join(root, "examples/collectives.ts")],
      ]);
    expect((await dry()).stdout).toBe(
      "4 ranks on 2 hosts\n  host-a  rank 0     this machine\n  host-b  ranks 1-3  over ssh\n",
    );
    const { code, stderr, left } = await dry("-np", "9");
    expect(stderr).toContain(`-np 9 needs 9 slots; ${file} offers 4: host-a 1 + host-b 3; `);
    expect({ code, left }).toEqual({ code: 2, left: [] });
    expect((await dry("--backend", "cpu", "--node-path", oneCore())).stdout).toContain("2 ranks");
    await b.sshd.start();
  });

  it("of a host that is not reached is refused with ssh's words", async () => {
    const { code, stderr, left } = await runTsrun(hosts, hosts.host(0), [
      ...["-H", "host-a,host-z:auto", join(root, "examples/collectives.ts")],
    ]);
    expect(stderr).toMatch(/\[host_unreachable\] host host-z: .*Could not resolve hostname/);
    expect({ code, left }).toEqual({ code: 1, left: [] });
  });
});

it("is of another version where a host shall pretend so", async () => {
  const { version } = JSON.parse(
    readFileSync(join(root, "packages/kolo/package.json"), "utf8"),
  ) as { version: string };
  await pretendVersion(hosts, hosts.host(1), "99.1.0");
  const said = await Promise.all(
    hosts.all.map(async (host) => (await runTsrun(hosts, host, ["--version"])).stdout.trim()),
  );
  expect(said).toEqual([version, "99.1.0"]);
});
