import { afterEach, describe, expect, it } from "@jest/globals";
import { type ErrorWire, KoloError, systemClock } from "@kolo/core";
import { once } from "node:events";
import { read, said } from "../testing/processes.js";
import { type LocalRank, type RankExit, type RankSpawn, spawnRank } from "./spawn-rank.js";

const token = "a-token-of-the-job-0123456789";
const started: LocalRank[] = [];

afterEach(() => {
  for (const { group, close } of started.splice(0)) {
    group.signal("SIGKILL");
    close();
  }
});

interface Running {
  readonly rank: LocalRank;
  readonly reports: ErrorWire[];
  readonly exit: Promise<RankExit>;
}

function start(code: string, changes: Partial<RankSpawn> = {}): Running {
  const reports: ErrorWire[] = [];
  let resolveExit: (exit: RankExit) => void = () => undefined;
  const exit = new Promise<RankExit>((resolve) => {
    resolveExit = resolve;
  });
  const rank = spawnRank({
    program: process.execPath,
    arguments: ["-e", code],
    environment: { PATH: process.env["PATH"] },
    directory: "/",
    launch: { token },
    clock: systemClock,
    onReport: (failure) => reports.push(failure),
    onTimeline: () => undefined,
    onExit: resolveExit,
    onSpawnError: (error) => {
      throw error;
    },
    ...changes,
  });
  if (rank === undefined) throw new Error("expected a process");
  started.push(rank);
  return { rank, reports, exit };
}

describe("spawnRank", () => {
  it("hands the token over the control pipe, and its end when tsrun closes it", async () => {
    const { rank, exit } = start(`
      const pipe = new (require("net").Socket)({ fd: 3 });
      pipe.on("data", (chunk) => process.stdout.write("got " + chunk));
      pipe.on("end", () => process.stdout.write("end"));
    `);
    const [chunk] = (await once(rank.stdout, "data")) as [Buffer];
    expect(chunk.toString()).toBe(`got {"token":"${token}"}\n`);
    const rest = read(rank.stdout);
    rank.close();
    expect(await rest).toBe("end");
    expect(await exit).toEqual({ exitCode: 0, signal: null });
  });

  it("hands on what the rank reports before it hands on the exit", async () => {
    const failure = { name: "TypeError", message: "boom", stack: "x".repeat(100_000) };
    const { exit, reports } = start(`
      require("fs").writeSync(4, ${JSON.stringify(JSON.stringify({ failure }))} + "\\nnot json\\n");
      process.exit(7);
    `);
    expect(await exit).toEqual({ exitCode: 7, signal: null });
    expect(reports).toEqual([failure]);
  });

  it("tells the signal that killed a rank", async () => {
    const { exit } = start(`process.kill(process.pid, "SIGKILL")`);
    expect(await exit).toEqual({ exitCode: null, signal: "SIGKILL" });
  });

  it("gives the rank no standard input and a session of its own", async () => {
    const { rank } = start(`
      const stat = require("fs").readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ");
      process.stdin.on("end", () => console.log(stat[2], stat[3])).resume();
    `);
    expect(await said(rank.stdout)).toBe(`${rank.group.pid} ${rank.group.pid}`);
  });

  it("ends what a rank leaves behind", async () => {
    const { rank, exit } = start(`
      const child = require("child_process").spawn("sleep", ["60"], { stdio: "inherit" });
      child.unref();
      child.on("spawn", () => process.exit(0));
    `);
    // Standard output is held open by the sleep: its end is the sleep's.
    expect(await read(rank.stdout)).toBe("");
    expect(await exit).toEqual({ exitCode: 0, signal: null });
  });

  it("kills a whole group that ignores SIGTERM", async () => {
    const { rank, exit } = start(`
      process.on("SIGTERM", () => console.log("ignored"));
      const child = require("child_process").spawn(
        process.execPath,
        ["-e", 'process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1e6)'],
        { stdio: "inherit" },
      );
    `);
    expect(await said(rank.stdout)).toBe("ready");
    rank.group.signal("SIGTERM");
    expect(await said(rank.stdout)).toBe("ignored");
    expect(rank.group.alive).toBe(true);
    rank.group.signal("SIGKILL");
    expect(await exit).toEqual({ exitCode: null, signal: "SIGKILL" });
    // Both hold it; its end means that both are gone.
    await read(rank.stdout);
  });

  it("tells when there is no process to start", async () => {
    for (const changes of [
      { program: "/nowhere/node" },
      { directory: "/nowhere" },
      { arguments: ["\0"] },
    ]) {
      const error = await new Promise<Error>((resolve) => {
        const rank = spawnRank({
          program: process.execPath,
          arguments: [],
          environment: {},
          directory: "/",
          launch: { token },
          clock: systemClock,
          onReport: () => undefined,
          onTimeline: () => undefined,
          onExit: () => {
            resolve(new KoloError("internal", "an exit without a start"));
          },
          onSpawnError: resolve,
          ...changes,
        });
        expect(rank).toBeUndefined();
      });
      expect(error.message).toMatch(/ENOENT|null bytes/);
    }
  });
});
