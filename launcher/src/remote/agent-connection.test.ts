/** tsrun's side against agents that are real processes: what becomes of their ranks. */
import { describe, expect, it } from "@jest/globals";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type Readable } from "node:stream";
import { windowBytes } from "../agent/flow.js";
import { hashOf, read, said } from "../testing/processes.js";
import { shellAgents, startRank, token } from "./testing/shell-agents.js";

const { folder, shellLine, start } = shellAgents();

describe("an agent", () => {
  it("starts ranks with its own environment and what is added, and tells how they end", async () => {
    const agent = await start(
      `
      const pipe = new (require("net").Socket)({ fd: 3 });
      pipe.on("data", (line) => {
        console.log(JSON.stringify([
          process.env.KOLO_RANK, process.env.FROM_THERE, process.env.FROM_HERE,
          process.cwd(), process.argv.slice(2), String(line),
        ]));
        console.error("to stderr");
        require("fs").writeSync(4, '{"failure":{"name":"Error","message":"boom"}}\\n{"timeline":"/t"}\\n');
        process.exit(40 + Number(process.env.KOLO_RANK));
      });
    `,
      {
        command: ["sh", "-c", `FROM_THERE=there; export FROM_THERE; ${shellLine}`],
        prepare: { scriptArguments: ["--flag", "two words"] },
      },
    );
    expect(agent.hello).toMatchObject({ koloVersion: "1.2.3", nodeVersion: process.version });
    for (const rank of [2, 7]) {
      const running = startRank(agent, rank, { KOLO_RANK: String(rank), FROM_HERE: "here" });
      expect(JSON.parse(await read(running.rank.stdout))).toEqual([
        String(rank),
        "there",
        "here",
        folder,
        ["--flag", "two words"],
        `{"token":"${token}"}\n`,
      ]);
      expect(await read(running.rank.stderr)).toBe("to stderr\n");
      expect(await running.end).toEqual({ exit: { exitCode: 40 + rank, signal: null } });
      expect(running.reports).toEqual(["boom", "/t"]);
    }
  });

  it("passes signals on to a rank's whole group, and tells when it is gone", async () => {
    const agent =
      await start(`process.on("SIGTERM", () => console.log("ignored")); console.log("ready");
      setInterval(() => {}, 1e6);`);
    const { rank, end } = startRank(agent);
    expect(await said(rank.stdout)).toBe("ready");
    rank.group.signal("SIGTERM");
    expect(await said(rank.stdout)).toBe("ignored");
    expect(rank.group.alive).toBe(true);
    rank.group.signal("SIGKILL");
    expect(await end).toEqual({ exit: { exitCode: null, signal: "SIGKILL" } });
    while (rank.group.alive) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it("stops a rank whose output nobody reads, holds little of it, and loses none", async () => {
    const bytes = 8 << 20;
    const agent = await start(`
      const out = Buffer.alloc(${bytes}, "0123456789abcde\\n");
      console.error("begun");
      process.stdout.write(out, () => console.error("written"));
    `);
    const { rank, end } = startRank(agent);
    let words = "";
    rank.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
    const other = startRank(agent, 1);
    // While one rank's output waits, another's passes.
    other.rank.stderr.resume();
    const sizeOf = (stream: Readable): number =>
      stream.readableLength + (stream as unknown as { writableLength: number }).writableLength;
    const expected = createHash("sha256")
      .update(Buffer.alloc(bytes, "0123456789abcde\n"))
      .digest("hex");
    expect(await hashOf(other.rank.stdout)).toBe(expected);
    expect(await other.end).toEqual({ exit: { exitCode: 0, signal: null } });
    expect(words).toBe("begun\n");
    expect(sizeOf(rank.stdout)).toBeGreaterThanOrEqual(windowBytes);
    expect(sizeOf(rank.stdout)).toBeLessThan(2 * windowBytes);
    expect(await hashOf(rank.stdout)).toBe(expected);
    expect(await end).toEqual({ exit: { exitCode: 0, signal: null } });
    expect(words).toBe("begun\nwritten\n");
  });

  it("gives up on output that something outside the rank's group holds open", async () => {
    const agent = await start(`
      const child = require("child_process").spawn("sleep", ["60"], { stdio: "inherit", detached: true });
      child.unref();
      child.on("spawn", () => { console.log(child.pid); process.exit(0); });
    `);
    const { rank, end } = startRank(agent);
    const pid = Number(await said(rank.stdout));
    expect(await end).toEqual({ exit: { exitCode: 0, signal: null } });
    const ends = Promise.all([once(rank.stdout, "close"), once(rank.stderr.resume(), "close")]);
    for (let asked = 0; asked < 2; asked += 1) {
      rank.abandon("stdout");
      rank.abandon("stderr");
    }
    await ends;
    process.kill(pid, "SIGKILL");
  });

  it("says why a process could not be started", async () => {
    const agent = await start("");
    const { rank, end } = startRank(agent, 0, { LARGE: "x".repeat(4 << 20) });
    expect(await end).toMatchObject({ unstarted: { code: "E2BIG" } });
    expect(rank.group.alive).toBe(false);
    expect(await read(rank.stdout)).toBe("");
  });
});
