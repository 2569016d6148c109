/** tsrun inside one test host: that it runs there as it does outside. */
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/tsrun.js";
import { createHosts, type Hosts } from "./support/hosts.js";
import { pretendVersion, runTsrun, startTsrun } from "./support/tsrun.js";

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
