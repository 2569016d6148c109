import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { fixture, startTsrun, tsrun } from "../support/tsrun.js";

const secured = { KOLO_PRETEND_TLS: "1" };
const digestsIn = (stdout: string): string[] =>
  [...stdout.matchAll(/"digest":"(\w+)"/g)].map(([, digest]) => digest ?? "");

describe("a job with TLS", () => {
  it.each(["grpc", "tcp"])("trains over %s, to the weights of one without", async (transport) => {
    const flags = ["-np", "2", "--backend", "cpu", "--transport", transport];
    const plain = await tsrun([...flags, "--quiet", fixture("hosts.mts")]);
    const result = await tsrun([...flags, "--verbose", fixture("hosts.mts")], { env: secured });
    const { code, stdout, stderr, left } = result;
    expect({ code, stderr, left }).toMatchObject({ code: 0, left: [] });
    for (const address of ["127.0.0.2", "127.0.0.3"]) {
      const line = new RegExp(`segments on ${address}:\\d+ over ${transport}, with mutual TLS`);
      expect(stderr).toMatch(line);
    }
    expect(stderr).not.toContain("refused");
    const digests = digestsIn(stdout);
    expect(digests).toHaveLength(2);
    expect(new Set([...digests, ...digestsIn(plain.stdout)]).size).toBe(1);
  });

  it("shows no secret in arguments, environments or output", async () => {
    const run = startTsrun(["-np", "2", "--verbose", "--backend", "cpu", fixture("idle.mts")], {
      env: secured,
    });
    await run.printed("127.0.0.3");
    const pids = run.pids();
    expect(pids.length).toBeGreaterThanOrEqual(3);
    for (const pid of pids) {
      for (const file of ["environ", "cmdline"].map((name) => `/proc/${pid}/${name}`)) {
        if (!existsSync(file)) continue;
        expect(readFileSync(file, "latin1")).not.toMatch(/PRIVATE KEY|BEGIN CERTIFICATE/);
      }
    }
    run.child.kill("SIGINT");
    const { stdout, stderr } = await run.done;
    expect(stdout + stderr).not.toMatch(/PRIVATE KEY|BEGIN CERTIFICATE/);
  });
});
