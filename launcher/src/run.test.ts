/**
 * tsrun with real processes whose scripts do not use kolo: output, exit codes, signals, leftovers.
 * What needs a training rank is in test/e2e.
 */
import { describe, expect, it } from "@jest/globals";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isAlive } from "./testing/processes.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

const { folder } = temporaryFolder();

const preload = join(folder, "preload.cjs");
writeFileSync(preload, "");
const main = `
  require(${JSON.stringify(join(__dirname, "run.js"))}).run(process.argv.slice(1), {
    program: "/opt/kolo/tsrun.js",
    preload: ${JSON.stringify(preload)},
    backendProbe: ${JSON.stringify(preload)},
    version: "1.2.3",
    resolveTsx: () => { throw new Error("no TypeScript here"); },
    directory: process.cwd(),
    environment: process.env,
    streams: { stdout: process.stdout, stderr: process.stderr },
  }).then((exitCode) => process.exit(exitCode));
`;

interface Result {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly process: ChildProcess;
  readonly result: Promise<Result>;
  /** Resolves when its output contains the text. */
  readonly said: (text: string) => Promise<void>;
}

function start(...argv: string[]): Running {
  const child = spawn(process.execPath, ["-e", main, "--", ...argv], { cwd: folder });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const result = once(child, "close").then(([exitCode]) => ({
    exitCode: exitCode as number | null,
    stdout,
    stderr,
  }));
  const said = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if ((stdout + stderr).includes(text)) resolve();
      };
      child.stdout.on("data", look);
      child.stderr.on("data", look);
      look();
    });
  return { process: child, result, said };
}

function script(code: string): string {
  const path = join(folder, `script-${String(Math.random()).slice(2)}.cjs`);
  writeFileSync(path, `const rank = Number(process.env.KOLO_RANK);\n${code}`);
  return path;
}

const pidsIn = (text: string): number[] =>
  [...text.matchAll(/pid (\d+)/g)].map((match) => Number(match[1]));

describe("tsrun", () => {
  it("runs the ranks, passes rank 0's output and prefixes the others'", async () => {
    const file = script(`
      console.log("hello", process.env.KOLO_SIZE, ...process.argv.slice(2));
      console.error("oops");
    `);
    const { exitCode, stdout, stderr } = await start("-np", "2", file, "-np", "--x=1").result;
    expect(exitCode).toBe(0);
    expect(stdout.split("\n").sort()).toEqual(["", "[1] hello 2 -np --x=1", "hello 2 -np --x=1"]);
    const said = stderr.split("\n").sort();
    expect(said.slice(0, 3)).toEqual(["", "[1] oops", "oops"]);
    expect(said[3]).toMatch(/^tsrun 1\.2\.3: 2 ranks of script-/);
    expect(said).toHaveLength(4);
  });

  it("says nothing itself with --quiet", async () => {
    const { stdout, stderr } = await start("-np", "1", "--quiet", script(`console.log("x")`))
      .result;
    expect({ stdout, stderr }).toEqual({ stdout: "x\n", stderr: "" });
  });

  it("keeps each rank's output with --output-dir", async () => {
    const file = script(
      `process.stdout.write("out " + rank); process.stderr.write("err " + rank);`,
    );
    const { exitCode } = await start("-np", "2", "--output-dir", "kept", file).result;
    expect(exitCode).toBe(0);
    for (const rank of [0, 1]) {
      expect(readFileSync(join(folder, `kept/rank.000${rank}/stdout`), "utf8")).toBe(`out ${rank}`);
      expect(readFileSync(join(folder, `kept/rank.000${rank}/stderr`), "utf8")).toBe(`err ${rank}`);
    }
  });

  it("waits at the end for a file that is slow to be written", async () => {
    const slow = join(folder, "slow/rank.0000/stdout");
    mkdirSync(dirname(slow), { recursive: true });
    execFileSync("mkfifo", [slow]);
    const file = script(`process.stdout.write("out " + rank);`);
    const job = start("-np", "1", "--verbose", "--output-dir", "slow", file);
    await job.said("the process of rank 0 exited");
    expect(await readFile(slow, "utf8")).toBe("out 0");
    expect((await job.result).exitCode).toBe(0);
  });

  it("keeps why a rank ended in its own file, and shows only the root cause", async () => {
    const file = script(`
      const failure = { name: "Error", message: "lost " + rank, stack: "Error: lost\\n    at train.cjs:" + rank };
      require("fs").writeSync(Number(process.env.KOLO_REPORT_FD), JSON.stringify({ failure }) + "\\n");
      console.error("last words");
      process.exit(1);
    `);
    const { stderr } = await start("-np", "2", "--output-dir", "why", file).result;
    expect(stderr.match(/lost/g)).toHaveLength(1);
    for (const rank of [0, 1]) {
      expect(readFileSync(join(folder, `why/rank.000${rank}/stderr`), "utf8")).toBe(
        `last words\nError: lost ${rank}\n    at train.cjs:${rank}\n`,
      );
    }
  });

  it("loses no output, however much there is", async () => {
    const file = script(
      `for (let i = 0; i < 2e4; i++) console.log("line " + i + " " + "ж".repeat(100));`,
    );
    const { stdout } = await start("-np", "2", file).result;
    const lines = stdout.split("\n");
    expect(lines).toHaveLength(40_001);
    expect(lines.every((line) => line === "" || /^(\[1\] )?line \d+ ж{100}$/.test(line))).toBe(
      true,
    );
  });

  it("exits with the code of the rank that failed, and ends the others", async () => {
    const file = script(`
      console.log("pid " + process.pid);
      if (rank === 1) setTimeout(() => process.exit(7), 200);
      else setInterval(() => undefined, 1e6);
    `);
    const { exitCode, stdout, stderr } = await start("-np", "3", file).result;
    expect(exitCode).toBe(7);
    expect(stderr.trimEnd().split("\n").at(-1)).toMatch(/^tsrun: rank 1 on .* failed: .*code 7/);
    expect(pidsIn(stdout)).toHaveLength(3);
    expect(pidsIn(stdout).filter(isAlive)).toEqual([]);
  });

  it("exits with 128 + n where a rank was killed, also where others ignore SIGTERM", async () => {
    const file = script(`
      process.on("SIGTERM", () => undefined);
      setInterval(() => undefined, 1e6);
      console.log("pid " + process.pid + " of " + rank);
    `);
    const job = start("-np", "2", file);
    let text = "";
    job.process.stdout?.on("data", (chunk) => (text += String(chunk)));
    await Promise.all([job.said("of 0"), job.said("of 1")]);
    process.kill(Number(/pid (\d+) of 1/.exec(text)?.[1]), "SIGKILL");
    const killedAt = performance.now();
    const { exitCode, stdout, stderr } = await job.result;
    expect(performance.now() - killedAt).toBeLessThan(5000);
    expect(exitCode).toBe(137);
    expect(stderr).toMatch(/tsrun: rank 1 on .* failed: .*SIGKILL.*\n$/);
    expect(pidsIn(stdout).filter(isAlive)).toEqual([]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("ends everything on %s", async (signal, expected) => {
    const file = script(`
      require("child_process").spawn("sleep", ["60"]).on("spawn", function () {
        console.log("pid " + process.pid + " pid " + this.pid);
        console.log("ready " + rank);
      });
      setInterval(() => undefined, 1e6);
    `);
    const job = start("-np", "2", file);
    await Promise.all([job.said("ready 0"), job.said("ready 1")]);
    job.process.kill(signal);
    const { exitCode, stdout, stderr } = await job.result;
    expect(exitCode).toBe(expected);
    expect(stderr).toContain(`tsrun: ended by ${signal}`);
    expect(pidsIn(stdout)).toHaveLength(4);
    expect(pidsIn(stdout).filter(isAlive)).toEqual([]);
  });

  it("kills what ranks that ended well left behind", async () => {
    const file = script(`
      const child = require("child_process").spawn(
        process.execPath,
        ["-e", 'process.on("SIGTERM", () => {}); console.log("pid " + process.pid); setInterval(() => {}, 1e6)'],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      child.stdout.once("data", (line) => { console.log(String(line).trim()); process.exit(0); });
    `);
    const { exitCode, stdout } = await start("-np", "1", file).result;
    expect(exitCode).toBe(0);
    expect(pidsIn(stdout)).toHaveLength(1);
    expect(pidsIn(stdout).filter(isAlive)).toEqual([]);
  });

  it("ends the job when nobody reads its output any more", async () => {
    const file = script(`
      console.log("pid " + process.pid);
      setInterval(() => console.log("more"), 1);
    `);
    const job = start("-np", "2", file);
    let text = "";
    job.process.stdout?.on("data", (chunk) => (text += String(chunk)));
    await job.said("[1] more");
    job.process.stdout?.destroy();
    const { exitCode, stderr } = await job.result;
    expect(exitCode).toBe(141);
    expect(stderr).not.toMatch(/error|ended by/i);
    expect(pidsIn(text).filter(isAlive)).toEqual([]);
  });

  it.each([
    [["-np", "2", "nowhere.js"], "tsrun: script not found: "],
    [["-np", "0", "x.js"], 'tsrun: --num-proc: expected an integer from 1 to 1024, got "0"'],
    [["--quit", "x.js"], "tsrun: unknown option '--quit' (Did you mean --quiet?)"],
    [["-np", "2"], "tsrun: expected a script to run"],
    [["-np", "1", "-x", "NOT_THERE", preload], "tsrun: -x NOT_THERE: expected NOT_THERE to be set"],
    [
      ["-np", "1", "--config-file", "no.yaml", preload],
      "tsrun: --config-file: cannot read no.yaml",
    ],
    [["-np", "1", "--output-dir", preload, preload], "tsrun: --output-dir: cannot make "],
    [["--hostfile", "nowhere", preload], "tsrun: --hostfile: cannot read nowhere: ENOENT"],
    [
      ["-np", "3", "-H", "localhost:2", preload],
      "tsrun: -np 3 needs 3 slots; --hosts offers 2: localhost 2;",
    ],
  ])("refuses %p on one line with exit code 2", async (argv, message) => {
    const { exitCode, stdout, stderr } = await start(...argv).result;
    expect(exitCode).toBe(2);
    expect(stdout).toBe("");
    expect(stderr.toLowerCase()).toContain(message.toLowerCase());
    expect(stderr.trimEnd()).not.toContain("\n");
  });

  it("prints with --dry-run where ranks would run, and starts none", async () => {
    writeFileSync(join(folder, "hosts"), "node1 slots=2\nlocalhost slots=2\n");
    const file = script(`console.log("here")`);
    expect(await start("--hostfile", "hosts", "--dry-run", file).result).toEqual({
      exitCode: 0,
      stdout:
        "4 ranks on 2 hosts\n" +
        "  node1      ranks 0-1  over ssh\n" +
        "  localhost  ranks 2-3  this machine\n",
      stderr: "",
    });
    expect(await start("--hostfile", "hosts", file).result).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^tsrun: \[host_unreachable\] host node1: no agent there: ssh /,
      ),
    });
  });

  it("prints the batch script that --launcher slurm would submit", async () => {
    const file = script("");
    const flags = ["--launcher", "slurm", "-np", "4", "--nodes", "2", "--slurm-args", "-p gpu"];
    const { exitCode, stdout, stderr } = await start(
      ...[...flags, "-x", "SEED=1 2", "--quiet", file, "--epochs", "3", "--dry-run"],
    ).result;
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(/^#!\/bin\/bash\n#SBATCH --job-name=script-\d+\n#SBATCH --ntasks=4\n/);
    expect(stdout).toContain("#SBATCH --ntasks-per-node=2\n#SBATCH -p gpu\n");
    expect(stdout).toContain(`\ncd ${folder} || exit\n`);
    expect(stdout).toContain(
      `\nexec ${process.execPath} /opt/kolo/tsrun.js --launcher=slurm '--env=SEED=1 2' --quiet ${file} --epochs 3\n`,
    );
    expect(await start(...flags, file).result).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("--dry-run prints a script for sbatch"),
    });
  });

  it("reads a config file and shows version, help and check", async () => {
    writeFileSync(join(folder, "job.yaml"), "num-proc: 3\nquiet: true\n");
    const job = start("--config-file", "job.yaml", script(`console.log("here")`));
    expect((await job.result).stdout.match(/here/g)).toHaveLength(3);
    expect(await start("--version").result).toMatchObject({ exitCode: 0, stdout: "1.2.3\n" });
    expect((await start("--help").result).stdout).toContain("Examples:");
    expect(await start("doctor").result).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("tsrun doctor: expected --hostfile FILE or -H LIST"),
    });
    // There is no tfjs in this folder.
    expect((await start("check").result).exitCode).toBe(1);
  });
});
