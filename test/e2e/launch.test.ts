import { describe, expect, it } from "@jest/globals";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixture, startTsrun, tsrun } from "../support/tsrun.js";

describe("tsrun", () => {
  it.each(["esm/hello.ts", "esm/hello.js", "commonjs/hello.ts", "commonjs/hello.js"])(
    "runs %s on two ranks and hands it its own arguments",
    async (script) => {
      const { code, stdout, stderr, left } = await tsrun([
        "-np",
        "2",
        "--quiet",
        fixture(script),
        "--their",
        "-np",
        "7",
        "args",
      ]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      const args = '["--their","-np","7","args"]';
      expect(stdout.trim().split("\n").sort()).toEqual([
        `[1] hello 1 2 3 ${args}`,
        `hello 0 2 3 ${args}`,
      ]);
      expect(left).toEqual([]);
    },
  );

  it("runs a script alone, without tsrun, as a world of one", async () => {
    const { code, stdout } = await tsrun(["--import", "tsx", fixture("esm/hello.ts")], {
      bin: process.execPath,
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "hello 0 1 1 []\n" });
  });

  it.each([
    [["-np", "0", fixture("esm/hello.ts")], /--num-proc.*"0"/],
    [["-np", "two", fixture("esm/hello.ts")], /two/],
    [["-np", "2", "no-such-script.ts"], /no-such-script\.ts/],
    [["-np", "2", "--no-such-flag", fixture("esm/hello.ts")], /--no-such-flag/],
    [["-np", "2"], /script/],
    [["-np", "2", "--config-file", "no-such.yaml", fixture("esm/hello.ts")], /no-such\.yaml/],
  ])("refuses %j in one line with exit code 2", async (args, message) => {
    const { code, stdout, stderr } = await tsrun(args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("takes flags from a config file, and the command line wins", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kolo-config-"));
    const config = join(folder, "tsrun.yaml");
    writeFileSync(config, "num-proc: 3\nquiet: true\nbackend: cpu\n");
    const run = await tsrun(["--config-file", config, fixture("commonjs/hello.js")]);
    expect(run.stdout.trim().split("\n")).toHaveLength(3);
    const wins = await tsrun(["--config-file", config, "-n", "1", fixture("commonjs/hello.js")]);
    expect(wins.stdout.trim()).toBe("hello 0 1 1 []");
    rmSync(folder, { recursive: true });
  });

  it.each([
    [["-np", "4", "-H", "localhost:4"], "", 4],
    [["-H", "127.0.0.1:2"], "", 2],
    [["-np", "3", "--oversubscribe", "--hostfile", "hosts"], "# here\r\nlocalhost slots=2\r\n", 3],
  ])("runs as many ranks as %j says on this machine", async (flags, hostfile, size) => {
    const folder = mkdtempSync(join(tmpdir(), "kolo-hostfile-"));
    writeFileSync(join(folder, "hosts"), hostfile);
    const run = await tsrun([...flags, "--quiet", fixture("commonjs/hello.js")], { cwd: folder });
    rmSync(folder, { recursive: true });
    expect(run).toMatchObject({ code: 0, stderr: "", left: [] });
    const sum = (size * (size + 1)) / 2;
    const lines = Array.from({ length: size }, (_, rank) => {
      const said = `hello ${rank} ${size} ${sum} []`;
      return rank === 0 ? said : `[${rank}] ${said}`;
    });
    expect(run.stdout.trim().split("\n").sort()).toEqual(lines.sort());
  });

  it.each([
    [
      ["-np", "5", "-H", "localhost:4"],
      2,
      /-np 5 needs 5 slots; --hosts offers 4: localhost 4;.*--oversubscribe/,
    ],
    [["-H", "localhost:2,::1:2"], 2, /--hosts: expected an IPv6 address in brackets.*entry 2/],
    [["-H", "localhost:2,127.0.0.1:2"], 2, /--hosts: expected this machine once/],
    [["--hostfile", "no-such-hosts"], 2, /no-such-hosts/],
  ])("refuses %j in one line", async (flags, exitCode, message) => {
    const { code, stdout, stderr } = await tsrun([...flags, fixture("commonjs/hello.js")]);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("keeps each rank's output in a file of its own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kolo-output-"));
    const out = join(folder, "out");
    await tsrun(["-np", "2", "--quiet", "--output-dir", out, fixture("commonjs/hello.js")]);
    expect(readFileSync(join(out, "rank.0001", "stdout"), "utf8")).toBe("hello 1 2 3 []\n");
    expect(readFileSync(join(out, "rank.0000", "stdout"), "utf8")).toBe("hello 0 2 3 []\n");
    rmSync(folder, { recursive: true });
  });

  it("keeps the token of the job out of environments and command lines", async () => {
    const run = startTsrun(["-np", "2", fixture("faults.mts"), "runs"]);
    await run.printed("rank 1 is pid");
    const ranks = run.pids().filter((pid) => pid !== run.child.pid);
    const seen = ranks.map(
      (pid) =>
        readFileSync(`/proc/${pid}/environ`, "utf8") + readFileSync(`/proc/${pid}/cmdline`, "utf8"),
    );
    run.child.kill("SIGTERM");
    expect(seen.length).toBeGreaterThanOrEqual(2);
    for (const text of seen) {
      expect(text).toMatch(/KOLO_RANK=/);
      expect(text).not.toMatch(/token/i);
    }
    expect(await run.done).toMatchObject({ code: 143, left: [] });
  });
});
